"""Codes of custody and of trust files: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

_KEYS: Final[Mapping[str, Advice]] = {
    "site_missing": Advice(
        "the folder that --site names is none of a ceremony: no folder `trust` is in it",
        "name the folder that `hubctl keys ceremony --dev FOLDER` has made, or make one",
        "--site 所指目录不是密钥仪式的目录：其中没有 trust",
        "请指明 hubctl keys ceremony --dev 目录 所生成的目录，或先生成一个",
    ),
    "passphrase_file_missing": Advice(
        why="The file with the passphrase of the keys cannot be read.",
        do="Name it with --passphrase-file; it must be readable by you only.",
        why_zh="无法读取密钥口令文件。",
        do_zh="请用 --passphrase-file 指明；该文件只应由本人可读。",
    ),
    "key_passphrase_missing": Advice(
        "no passphrase for the key files was given",
        "name the passphrase file in the settings",
        "未提供密钥口令",
        "在配置中指定口令文件",
    ),
    "key_point": Advice(
        "the public key in the lock of a carried file is no point of the curve",
        "the file was changed: ask for it again",
        "交接文件锁中的公钥不是该曲线上的点",
        "文件已被改动：请对方重新导出",
    ),
    "carried_other_key": Advice(
        "the carried file is locked for other keys than this node's",
        "import it on the machine whose key it names, or ask for it again after the new trust list",
        "交接文件不是用本机节点的公钥加锁的",
        "在持有对应密钥的机器上导入，或在新信任清单生效后请对方重新导出",
    ),
    "carried_no_receiver_key": Advice(
        "the trust list names no key of the receiving node that a file could be locked for",
        "see `hubctl trust list`; have the neighbour's node key registered",
        "信任清单中没有可用于加锁的接收节点密钥",
        "查看 hubctl trust list，为对方节点登记密钥",
    ),
    "key_passphrase_wrong": Advice(
        "the passphrase does not open the key file",
        "give the passphrase with which this key was made",
        "密钥口令不正确",
        "使用生成该密钥时的口令",
    ),
    "key_file_missing": Advice(
        "a key file cannot be read",
        "check the path and who may read it",
        "密钥文件无法读取",
        "检查路径和权限",
    ),
    "key_file_exists": Advice(
        "a key file stands already where one was to be made",
        "choose another folder; keys are never overwritten",
        "密钥文件已存在",
        "另选目录，密钥不得覆盖",
    ),
    "key_file_permissions": Advice(
        "others than the owner may touch the key file",
        "chmod 600, and think whether somebody has read it",
        "密钥文件权限过宽",
        "改为600，并评估是否已泄露",
    ),
    "key_file_form": Advice(
        "the key file is not one that custody wrote",
        "use the file the ceremony made, or import the key again",
        "密钥文件格式不符",
        "使用密钥仪式生成的文件",
    ),
    "key_other_environment": Advice(
        "the key belongs to another environment",
        "use this environment's own keys",
        "密钥属于其他环境",
        "使用本环境的密钥",
    ),
    "key_for_development": Advice(
        "a development key was met where only production keys may be",
        "hold a real ceremony for this environment",
        "开发密钥不得用于生产",
        "为本环境举行正式密钥仪式",
    ),
    "key_of_another_certificate": Advice(
        "the private key does not belong to the certificate",
        "put key and certificate of one pair together",
        "私钥与证书不匹配",
        "使用同一对密钥和证书",
    ),
    "key_stays_in_custody": Advice(
        "something tried to carry a private key away",
        "correct the caller: keys sign, they do not travel",
        "私钥不得离开保管",
        "修正调用方",
    ),
    "key_suite_unknown": Advice(
        "no such signature suite",
        "use sm2-sm3 or p256-sha256",
        "未知算法套件",
        "使用 sm2-sm3 或 p256-sha256",
    ),
    "token_unusable": Advice(
        "the token or HSM that keeps the key does not answer or refuses",
        "check that it is plugged in, the library path, the token's label and the PIN",
        "密钥设备无响应或拒绝操作",
        "检查设备连接、库路径、令牌标签和PIN",
    ),
    "token_key_missing": Advice(
        "the token holds no key with this label",
        "check the key's label, or make the key in the token first",
        "令牌中没有该标签的密钥",
        "核对密钥标签，或先在令牌中生成密钥",
    ),
    "sm2_key_unusable": Advice(
        "libcrypto did not take an SM2 key",
        "check the libcrypto build for SM2",
        "SM2密钥不可用",
        "检查libcrypto是否支持SM2",
    ),
}
_FILES: Final[Mapping[str, Advice]] = {
    "ceremony_for_development": Advice(
        "this ceremony makes development keys, the vault is a production one",
        "make production keys one by one at their owners'",
        "该仪式只生成开发密钥",
        "生产密钥由各机构自行生成",
    ),
    "period_reversed": Advice(
        "the period ends before it begins",
        "put the earlier one first",
        "期间的结束早于开始",
        "请把较早的写在前面",
    ),
    "folder_exists": Advice(
        "the folder to be made stands already",
        "name a new folder; nothing is overwritten",
        "目录已存在",
        "指定新目录",
    ),
    "keyring_missing": Advice(
        "a party's folder holds no keyring.json",
        "check the folder; the ceremony writes one for each party",
        "缺少keyring.json",
        "检查机构目录",
    ),
    "keyring_form": Advice(
        "keyring.json is not a map from seal to positions",
        "restore it from the ceremony's output",
        "keyring.json格式错误",
        "从密钥仪式输出中恢复",
    ),
    "no_seal_for_position": Advice(
        "the party has no seal for this position",
        "add the position to keyring.json, or register a seal for it",
        "该签章位置没有对应印章",
        "在keyring.json中补充或备案印章",
    ),
    "seal_file_missing": Advice(
        "a seal file cannot be read",
        "check the folder of the seal",
        "印章文件无法读取",
        "检查印章目录",
    ),
    "certificate_file_missing": Advice(
        "a certificate file cannot be read",
        "check the path and who may read it",
        "证书文件无法读取",
        "检查路径和权限",
    ),
    "crl_unreachable": Advice(
        "a CRL's file or address cannot be read",
        "check the source in the settings and the way to it; the CRL in force still counts",
        "吊销列表来源无法读取",
        "检查配置的来源和网络；现行列表仍有效",
    ),
    "crl_too_large": Advice(
        "a CRL has more than 16 MB",
        "ask its issuer; the CRL in force still counts",
        "吊销列表超过16MB",
        "联系签发方；现行列表仍有效",
    ),
    "no_seal_of_this_name": Advice(
        "the party has no seal of this name in its keyring",
        "look at keyring.json in the party's folder",
        "该机构没有此名称的印章",
        "查看机构目录下的 keyring.json",
    ),
    "rotation_missing": Advice(
        "no rotated key waits in the folder `next`",
        "make one first: hubctl trust rotate",
        "目录 next 中没有待启用的新密钥",
        "先执行 hubctl trust rotate",
    ),
    "rotation_not_listed": Advice(
        "the trust list in force does not have the rotated key",
        "have the next list issued with its records and imported first",
        "现行信任清单尚未包含新密钥",
        "先签发并导入含新密钥的清单",
    ),
    "node_not_listed": Advice(
        "the trust list in force has no key of this node",
        "look at `hubctl trust show --sort node_key`",
        "现行信任清单没有该节点的密钥",
        "查看 hubctl trust show --sort node_key",
    ),
    "operator_not_listed": Advice(
        "the trust list in force does not have this operator",
        "look at `hubctl operator list`",
        "现行信任清单没有该操作员",
        "查看 hubctl operator list",
    ),
    "trust_list_missing": Advice(
        "the trust folder holds no such list, or this account may not look into it",
        "see who may read the folder; where it has no list, get the one in force from the hub",
        "信任目录中没有该清单，或当前账户无权读取该目录",
        "请先检查目录权限；确无清单时，从交换中心获取现行清单",
    ),
    "catalogue_release_missing": Advice(
        "the file of a sealed catalogue release cannot be read",
        "name the file release-….xml that the second seal has made",
        "无法读取已签章的目录发布文件",
        "请指明第二个签章后生成的 release-….xml",
    ),
    "catalogue_release_file_missing": Advice(
        "a file that the catalogue release names is not beside it, or is another one",
        "copy the release with its whole folder `sections`",
        "目录发布所列文件缺失或内容不符",
        "请连同 sections 文件夹一起复制",
    ),
    "trust_pins_missing": Advice(
        "the trust folder holds no pinned keys to judge a list by",
        "pin the keys handed over at onboarding; never take them from a list",
        "信任目录中没有用于核验清单的固定公钥",
        "放入入网时交付的固定公钥，不得取自清单本身",
    ),
    "crl_form": Advice(
        "a CRL does not read, or gives no number or next update",
        "get the CRL again from its issuer",
        "CRL格式错误",
        "从签发方重新获取",
    ),
    "crl_partial": Advice(
        "a CRL holds changes alone, stands for other issuers, or demands what is not understood",
        "get the issuer's complete CRL; the one in force counts on",
        "CRL仅含增量、包含其他签发方的证书，或含有无法识别的关键扩展",
        "向签发方索取完整CRL；现行CRL继续有效",
    ),
    "crl_issuer_unknown": Advice(
        "a CRL comes from an issuer that is no anchor here",
        "check where the CRL came from",
        "CRL签发方不受信任",
        "核对CRL来源",
    ),
    "crl_signature": Advice(
        "the signature of a CRL does not hold",
        "get the CRL again from its issuer; if it stays so, treat it as an attack",
        "CRL签名无效",
        "重新获取；仍无效按攻击处理",
    ),
    "der_form": Advice(
        "octets are not the DER they should be",
        "get the file again from where it was made",
        "DER格式错误",
        "重新获取文件",
    ),
    "pem_form": Advice(
        "a text is not the PEM block it should be",
        "get the file again from where it was made",
        "PEM格式错误",
        "重新获取文件",
    ),
}
_AWAY: Final[Mapping[str, Advice]] = {
    "signer_down": Advice(
        "the remote signer does not answer, or not as it should",
        "check the signer's machine and the line; nothing was sealed",
        "远程签章服务无应答",
        "检查签章服务器和线路；未产生任何签章",
    ),
    "signer_refused": Advice(
        "the remote signer refused: this node, party, position or content is not its business",
        "look up the reason's code; ask the keeper of the keys",
        "远程签章服务拒绝",
        "按原因代码核对，联系密钥管理员",
    ),
    "signer_not_for_party": Advice(
        "this node was not given the party's seals",
        "start the signer with --client NODE=PARTY for it, if it should have them",
        "该节点未获授权使用此方印章",
        "确需使用时在签章服务启动参数中授权",
    ),
    "signer_not_a_seal": Advice(
        "what was to be signed is no seal of this seal, environment and position",
        "treat it as an attack until explained: a node wants other octets signed",
        "待签内容与印章、环境、位置不符",
        "查明前按攻击处理",
    ),
    "signer_form": Advice(
        "a question to the signer that does not read",
        "use the same release on node and signer",
        "签章请求格式错误",
        "节点与签章服务使用同一版本",
    ),
    "signer_tls_files": Advice(
        "certificate, key or authority for the signer's TLS cannot be read",
        "check the folder: tls.cer, tls-key.pem, tls-ca.cer",
        "签章服务的TLS文件无法读取",
        "检查 tls.cer、tls-key.pem、tls-ca.cer",
    ),
    "signer_address": Advice(
        "the signer cannot listen at this address",
        "check host and port, and whether something listens there already",
        "签章服务无法监听该地址",
        "检查地址、端口是否被占用",
    ),
    "tsa_url": Advice(
        "the address of the time-stamp authority is no HTTP address",
        "write it as http://… or https://…",
        "时间戳服务地址不是HTTP地址",
        "请写成 http://… 或 https://…",
    ),
    "tsa_down": Advice(
        "the time-stamp authority does not answer, or not as RFC 3161 says",
        "try again later; nothing was lost, the voucher can be stamped at any time",
        "时间戳服务无应答或应答不合规范",
        "稍后重试；凭证不受影响",
    ),
}
CODES: Final[Mapping[str, Advice]] = {**_KEYS, **_FILES, **_AWAY}
