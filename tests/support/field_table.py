"""What the domain reference says of each kind's fields: facts to hold the catalogue against.

Kept apart from the catalogue on purpose: a field lost there is still here, and a test fails.

    Name*       must be there               Name      may be there
    R:Name*     the receipt must say it     R:Name    the receipt may say it
    Name/       NameCode and NameName; with `*` the code must be there
    Name#       the account: NameNo, NameName, NameBankName; with `*` all three must be there

Every field that a kind demands is listed, so that one demanded anew shows as well; what may be
there is listed where the reference names it. Hold1 of payments is demanded by the reference, but
an empty element has no canonical form: it may be left out.
"""

from typing import Final

HEAD: Final = "Id* AdmDivCode* StYear* VtCode* VouDate* VoucherNo* Hold1 Hold2"
ROW: Final = "Id* Hold1 Hold2 Hold3 Hold4"
_TREASURY = "TreCode* FinOrgCode*"
_LEVELS = "ExpFuncCode1 ExpFuncName1 ExpFuncCode2 ExpFuncName2 ExpFuncCode3 ExpFuncName3"
_PAYMENT = (
    "BgtType/* ProCat/* AgencyCode* AgencyName* ExpFunc/* GovExpEco/* PayAcct#* PayAmt* TreCode "
    "FinOrgCode FundType/ PayType/ MOFDep/ FileNo/ SupDep/ DepExpEco/ DepPro/ PayKind/ SetMode/ "
    "PayBank/ PayBankNo ClearBank/ ClearAcct# PayeeAcct# PayeeAcctBankNo PaySummary/ PayMgr/ "
    "FundDealMode/ AcessAuthGroupCode BusinessType/ TaxBillNo TaxayerID TaxOrgCode PayCode "
    "GovProcurementID CheckNo TrackingID Remark FundTraObjTypeCode InternalDepCode CurrencyCode "
    f"ForeignAmt EstRat ContractNo BondCode {_LEVELS}"
)
_PAYMENT_ROW = (
    "VoucherBillId* VoucherBillNo* BgtType/* ProCat/* PayKind/* AgencyCode* AgencyName* ExpFunc/* "
    "GovExpEco/* PayeeAcct#* PayAmt* VoucherDetailNo FundType/ SupDep/ DepExpEco/ DepPro/ FileNo/ "
    "TrackingID PayeeAcctBankNo Remark"
)
_PAID = (
    "R:XPayDate* R:XPayAmt* R:XFundDealModeCode* R:XFundDealModeName R:XAgentBusinessNo "
    "R:XPayeeAcct# R:XCheckNo"
)
_PAID_ROW = "R:XPayDate* R:XPayAmt* R:XAgentBusinessNo R:XAddWord R:XPayeeAcct#"
_INTEGRATED = "PayBusTypeCode LqdQuotaNoticeNo PayCertSumNo LqdCertNo R:ActLqdDate R:XAddWord"
_RESULT = "R:XDealResult* R:XAddWord"
_CLEARING = (
    f"{_TREASURY} BgtType/ FundType/* PayType/* AgentAcct#* ClearAcct#* PayAmt* PayBankName* "
    "PayBankNo* MoneyCorpCode Remark R:XPaySndBnkNo R:XAddWord R:XClearDate* R:XPayAmt*"
)
_CLEARING_ROW = (
    "VoucherNo* SupDep/* ExpFunc/* PayAmt* PaySummary/ DAVoucherNo FundType/ Agency/ ExpEco/ "
    "ProCat/ PayeeAcct# PayeeAcctBankNo AgentBusinessNo XPayDate XPayAmt XPayeeAcct#"
)
_TRACE = "PayDictateNo PayMsgNo PayEntrustDate"
_REFUND_ROW = f"{_CLEARING_ROW} OriVoucherNo* OriDetailId*"
_PACKS = "AllNumber* AllPacket* NowadayPacket*"
_LIST = "FundType/* PayBank/* PayBankNo* PayAmt* R:XClearDate* R:XPayAmt* ClearVoucherNo"
_QUOTA = (
    f"{_TREASURY} FundType/* BgtType/ PayType/ PayBank/* PayBankNo* ClearBank/ PayAcct# PayeeAcct# "
    "ClearVoucherNo"
)
_QUOTA_ROW = f"SupDep/* ExpFunc/* ProCat/ Agency/ ExpEco/ DepPro/ PayAcctNo {_LEVELS}"
_SPENT = (
    f"{_TREASURY} FundType/* PayType/* ClearBank/ PayeeAcct# PayeeAcctBankNo PayAcct#* PaySummary/ "
    "PayAmt* BusinessTypeCode* Agency/ R:XPayDate* R:XPayAmt* R:XAgentBusinessNo"
)
_SPENT_ROW = (
    "VoucherBillId* VoucherDetailNo BgtType/ ProCat/ Agency/ ExpFunc/* ExpEco/ ExpEcoCode1 "
    f"ExpEcoCode2 PayAmt* PayeeAcct# PaySummary/ {_LEVELS} {_PAID_ROW}"
)
_BATCH = (
    "PayVoucherNo* PayMsgNo PaySndBnkNo SumAmt* AgencyCode* AgencyName* PayAcct#* PayBank/* "
    "PayBankNo* PayType/* ExpFunc/* R:XPayDate* R:XSumAmt*"
)
_BACK = (
    "FundType/* PayType/* AgencyCode* AgencyName* ExpFunc/* PayBank/* PayBankNo* AgentBusinessNo* "
    "OriBillNo* OriVouDate RefundType* PayAcct#* PayeeAcct#* PayAmt* PayDate* Remark"
)
_BACK_ROW = (
    "AgencyCode* AgencyName* ExpFunc/* PayAmt* FundType/ BgtType/ ProCat/ SupDep/ GovExpEco/ "
    "DepExpEco/ DepPro/"
)
_DAY = "FundType/* PayType/* PayBank/* PayBankNo* PayAmt* PosAmt* NegAmt*"
_DAY_ROW = (
    "DayBillNo VoucherNo* AgencyCode* AgencyName* ExpFunc/* FundType/ BgtType/ ProCat/ FileNo/ "
    "SupDep/ GovExpEco/ DepExpEco/ DepPro/ CheckNo PayAcct# PayeeAcct# PayDate* PayAmt*"
)
_PACK = "VoucherCheckNo* ChildPackNum* CurPackNo* TreCode* AllNum*"
_VERDICT = "OriBillNo* XCheckResult* XDiffNum* XCheckReason"
_ANSWER = "XCheckResult* XCheckReason"
_DAILY = f"{_PACK} CheckDate* EVoucherType* AllAmt*"
_DAILY_ROW = "VoucherNo* Amt* ProState*"
_PERIOD = f"{_PACK} BeginDate* EndDate* AllAmt*"
_CLEARED = f"{_PERIOD} ClearBank/ ClearAccNo"
_CLEARED_ROW = (
    "PayAgentBillNo PayDetailId VoucherNo* SupDep/ FundType/ PayBankCode PayBankName ExpFunc/* "
    "ProCat/ PayType/ PayAmt* PlanAmt RefundAmt PlanRemainAmt"
)
_MOVED = "PreDateMoney* ClearAmt* CurReckMoney* CurDateMoney*"
_COPIES = "XPreDateMoney XClearAmt XCurReckMoney XCurDateMoney"
_QUOTAS = f"{_PACK} BeginDate* EndDate* {_MOVED}"
_QUOTAS_ROW = f"SupDep/* ExpFunc/* FundType/ BgtType/ PayType/ PayBankCode PayBankName {_MOVED}"
_UNITS_ROW = f"{_QUOTAS_ROW} AgencyCode* AgencyName* DepPro/"
_LISTED = "VoucherNo* PayAmt* XPayDate ProState PayeeAcct#"
_INCOME = (
    "IncomeSortCode* IncomeSortName IncomeSortCode1 IncomeSortCode2 IncomeSortCode3 "
    "IncomeSortCode4 BgtLevelCode"
)
_ADJUST_ROW = f"OriBillNo* AgencyCode* AgencyName* ExpFunc/* PayAmt* {_RESULT}"
_REPORT = f"{_TREASURY} ReportDate*"
_LINES = "DayAmt* TenDayAmt MonthAmt QuarterAmt YearAmt"
_STOCK = "YesterdayBalance* TodayReceipt* TodayPay* TodayBalance*"
_MONTH = f"{_PERIOD} R:XCheckResult* R:XDiffNum* R:XCheckReason"
_MONTH_ROW = "SupDep/ Agency/ ExpFunc/* PayBankCode PayBankName Amt*"
_PLACES = (
    "OriTreCode* OriFinOrgCode OriBgtLevelCode* OriSubjectCode* OriAmt* CurTreCode* CurFinOrgCode "
    "CurBgtLevelCode* CurSubjectCode* CurAmt*"
)
_CODES = "ChildPackNum* CurPackNo* VoucherCheckNo* EleCatCode* EleCatName EleVersion* AllNum*"
_TREE = "EleCode* EleName* ParentEleCode LevelNo* IsLeaf* Enabled*"
_ACCOUNT = "AcctTypeCode* AcctNo* AcctName* AcctBankName* AcctBankNo Enabled*"
_RETURNED = f"{_TREASURY} OriBillNo* OriVouDate* PayAmt*"

TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    # codes, header, row
    ("5105", f"FundType/* PayBank/* PayBankNo* PlanAmt* SetMonth* {_RESULT}",
     f"AgencyCode* AgencyName* ExpFunc/* DepPro/ PlanAmt* {_RESULT}"),
    ("5106", f"{_QUOTA} PlanAmt* SetMonth* DeptNum", f"{_QUOTA_ROW} PlanAmt*"),
    ("5108", f"{_QUOTA} PayAmt*", f"{_QUOTA_ROW} PayAmt* PayVoucherNo DirectVoucherNo PayeeAcct#"),
    ("2105", "OriBillNo* AgencyCode* AgencyName* PlanAmt* SetMonth*", "ExpFunc/* PlanAmt*"),
    ("8201", f"{_PAYMENT} PayBusTypeCode BgtId {_RESULT}", _PAYMENT_ROW),
    ("5201 8202 5212", f"{_PAYMENT} {_PAID}", f"{_PAYMENT_ROW} {_PAID_ROW}"),
    ("5214 8210", f"{_PAYMENT} {_PAID} {_INTEGRATED}", f"{_PAYMENT_ROW} {_PAID_ROW}"),
    ("8207", _BATCH, "PayAmt* PayeeAcct#* R:XPayDate* R:XPayAmt* R:XAgentBusinessNo R:XAddWord"),
    ("2203 2204 2216", _BACK, _BACK_ROW),
    ("2252", f"OriBillNo* RefundType PayAmt* {_TRACE} {_RESULT}", "OriDetailId* PayAmt*"),
    ("2205", "AgencyCode* AgencyName* OriBillNo* PayAcct#* PayDate* PayAmt*", ""),
    ("2206 2207", _DAY, _DAY_ROW),
    ("5253 5351", f"{_TREASURY} PayAmt* R:XAcctDate* {_RESULT}", _ADJUST_ROW),
    ("2222", f"AgencyCode* AgencyName* CardChangeType* {_RESULT}",
     f"CardNo* CardHolderName* CardHolderID {_RESULT}"),
    ("2301 2303", _CLEARING, _CLEARING_ROW),
    ("2302 2304", f"{_CLEARING} {_TRACE} RefundType", _REFUND_ROW),
    ("2305", f"{_CLEARING} {_PACKS}", _CLEARING_ROW),
    ("2306", f"{_CLEARING} {_TRACE} RefundType {_PACKS}", _REFUND_ROW),
    ("5551 5552", f"{_TREASURY} {_LIST}", "VoucherNo* ExpFunc/* SupDep/ Agency/ PayAmt*"),
    ("5207 5267", _SPENT, _SPENT_ROW),
    ("5287", f"{_TREASURY} FundType/* PayAmt* R:XPayDate* R:XPayAmt*", "VoucherNo* PayAmt*"),
    ("5257 5553", f"{_TREASURY} PayAmt*", "VoucherNo* PayAmt* PayeeAcct#"),
    ("3208 3268", _RETURNED, "ExpFunc/* PayAmt*"),
    ("5209", f"{_TREASURY} RefundReason* PayeeAcct#* PayAmt* R:XPayDate* R:XPayAmt*",
     f"{_INCOME} PayAmt*"),
    ("3210 3251", _RETURNED, f"{_INCOME} PayAmt*"),
    ("5407", f"{_TREASURY} CorrVouType* ReasonCode* OriAmt* CurAmt* R:XAcctDate* {_RESULT}",
     f"OriBillNo OriVouDate {_PLACES} {_RESULT}"),
    ("5408", f"{_TREASURY} PayAcct#* PayAmt* R:XAcctDate* R:XPayAmt*", f"{_INCOME} PayAmt*"),
    ("5671 2671", f"{_TREASURY} AllNum* AllAmt* {_TRACE}", f"{_INCOME} Amt*"),
    ("3401", _REPORT, f"{_INCOME} {_LINES}"),
    ("3402", _REPORT, _STOCK),
    ("3404 3453", _REPORT, f"{_STOCK} TreCode*"),
    ("3403", f"{_TREASURY} {_TRACE} PayAcct#* PayeeAcct#* PayAmt* PayDate*", ""),
    ("3405 3406 3454 3455", _REPORT, f"{_INCOME} Amt* ShareAmt*"),
    ("3410", _REPORT, f"ExpFunc/* {_LINES}"),
    ("3553", _REPORT, f"ExpFunc/* {_LINES} Agency/"),
    ("3501 3502", _DAILY, _DAILY_ROW),
    ("5502 2502", f"{_DAILY} {_VERDICT}", f"{_DAILY_ROW} {_ANSWER}"),
    ("3507", _CLEARED, _CLEARED_ROW),
    ("5507 2507", f"{_CLEARED} {_VERDICT}", f"{_CLEARED_ROW} {_ANSWER}"),
    ("3508", _PERIOD, f"{_LISTED} ExpFunc/ Agency/"),
    ("5508", f"{_PERIOD} {_VERDICT}", f"{_LISTED} {_ANSWER}"),
    ("3509", _PERIOD, f"{_LISTED} IncomeSortCode"),
    ("5509", f"{_PERIOD} {_VERDICT}", f"{_LISTED} {_ANSWER}"),
    ("3510", _QUOTAS, _QUOTAS_ROW),
    ("5510", f"{_QUOTAS} {_COPIES} {_VERDICT}", f"{_QUOTAS_ROW} {_COPIES} {_ANSWER}"),
    ("3515", _QUOTAS, _UNITS_ROW),
    ("5515", f"{_QUOTAS} {_COPIES} {_VERDICT}", f"{_UNITS_ROW} {_COPIES} {_ANSWER}"),
    ("3511", _PERIOD, f"{_INCOME} Amt*"),
    ("5511", f"{_PERIOD} {_VERDICT}", f"{_INCOME} Amt* {_ANSWER}"),
    ("3512", _PERIOD, "ExpFunc/* Amt*"),
    ("5512", f"{_PERIOD} {_VERDICT}", f"ExpFunc/* Amt* {_ANSWER}"),
    ("3513", _PERIOD, "AcctNo* AcctName Amt*"),
    ("5513", f"{_PERIOD} {_VERDICT}", f"AcctNo* AcctName Amt* {_ANSWER}"),
    ("3514 3552", _MONTH, "AcctNo* AcctName VoucherNo Amt*"),
    ("3551 3554 4004 4005 4006", _MONTH, _MONTH_ROW),
    ("5901 5904", f"{_CODES} {_RESULT}", _TREE),
    ("5951", f"{_CODES} {_RESULT}", f"AgencyCode* AgencyName* SupDep/ {_ACCOUNT}"),
)  # fmt: skip

FORMS: Final[tuple[tuple[str, str, int], ...]] = (
    # names, pattern of their type, greatest length
    ("AdmDivCode", "[0-9]{6}([0-9]{3})?", 9),
    ("StYear", "[0-9]{4}", 4),
    ("VtCode", "[0-9A-Z]{4}", 4),
    ("VoucherNo OriBillNo VoucherCheckNo PayVoucherNo", r"[0-9A-Za-z\-]+", 60),
    ("VouDate XPayDate XClearDate XAcctDate PayDate CheckDate BeginDate EndDate", "[0-9]{8}", 8),
    ("SetMonth", "0[1-9]|1[0-2]", 2),
    ("TreCode OriTreCode CurTreCode", "[0-9]{10}", 10),
    ("FinOrgCode", "[0-9]+", 12),
    ("PayBankNo PayeeAcctBankNo AcctBankNo PaySndBnkNo XPaySndBnkNo", "[0-9]{12}", 12),
    ("PayAmt PlanAmt SumAmt XPayAmt XSumAmt AllAmt Amt", r"-?(0|[1-9][0-9]{0,14})\.[0-9]{2}", 19),
    ("EstRat", r"(0|[1-9][0-9]{0,9})\.[0-9]{8}", 19),
    ("PayTypeCode", "[0-9]{2,6}", 6),
    ("ExpFuncCode", "[0-9]{3}([0-9]{2}([0-9]{2})?)?", 7),
    ("GovExpEcoCode DepExpEcoCode ExpEcoCode", "[0-9]{3}([0-9]{2})?", 5),
    ("CurrencyCode", "[A-Z]{3}", 3),
    ("BusinessTypeCode RefundType", "[0-9]", 1),
    ("CorrVouType", "[1-4]", 1),
    ("ReasonCode", "21[1-6]", 3),
    ("AcctTypeCode", "[1-4]", 1),
    ("ProState XDealResult XCheckResult", "[01]", 1),
    ("PayAcctNo PayeeAcctNo ClearAcctNo AgentAcctNo AcctNo", r"[0-9A-Za-z\-]+", 40),
    ("PayAcctName PayeeAcctName ClearAcctName AcctName PaySummaryName", r"[^\t\n\r]+", 300),
    ("PayAcctBankName PayeeAcctBankName PayBankName ClearBankName", r"[^\t\n\r]+", 180),
    ("AgentBusinessNo XAgentBusinessNo", r"[0-9A-Za-z_.\-]+", 360),
)  # fmt: skip
