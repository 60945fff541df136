"""The exchange's tables."""

from alembic import op
import sqlalchemy as sa

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('checkpoint',
    sa.Column('number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('heads', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_table('counter',
    sa.Column('incarnation', WORDS, nullable=False),
    sa.Column('peer', WORDS, nullable=False),
    sa.Column('rank', NUMBER, autoincrement=False, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('incarnation', 'peer', 'rank')
    )
    op.create_table('delivery',
    sa.Column('delivery_id', WORDS, nullable=False),
    sa.Column('layer_id', WORDS, nullable=False),
    sa.Column('receiver', WORDS, nullable=False),
    sa.Column('role', WORDS, nullable=False),
    sa.Column('message_digest', sa.LargeBinary(), nullable=False),
    sa.Column('sender', WORDS, nullable=False),
    sa.Column('channel', WORDS, nullable=False),
    sa.Column('message_class', WORDS, nullable=False),
    sa.Column('incarnation', WORDS, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.Column('recorded_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('delivery_id')
    )
    op.create_table('journal',
    sa.Column('lane', WORDS, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('lane', 'n')
    )
    op.create_table('lane_head',
    sa.Column('lane', WORDS, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('opened_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('lane')
    )
    op.create_index('lane_head_open', 'lane_head', ['lane'], unique=False, postgresql_where=sa.text('NOT closed'), sqlite_where=sa.text('NOT closed'))
    op.create_table('layer',
    sa.Column('layer_id', WORDS, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('layer', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('division', WORDS, nullable=False),
    sa.Column('body_digest', sa.LargeBinary(), nullable=False),
    sa.Column('stack_digest', sa.LargeBinary(), nullable=False),
    sa.Column('message_digest', sa.LargeBinary(), nullable=False),
    sa.Column('verdict', WORDS, nullable=False),
    sa.Column('cat', NUMBER, autoincrement=False, nullable=False),
    sa.Column('recorded_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('proof_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('layer_id')
    )
    op.create_index('layer_by_stack', 'layer', ['stack_digest'], unique=False)
    op.create_table('lease',
    sa.Column('id', NUMBER, autoincrement=False, nullable=False),
    sa.Column('holder', WORDS, nullable=False),
    sa.Column('token', NUMBER, autoincrement=False, nullable=False),
    sa.Column('expires_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('message',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('octets', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_table('meta',
    sa.Column('id', NUMBER, autoincrement=False, nullable=False),
    sa.Column('incarnation', WORDS, nullable=False),
    sa.Column('trust_state', NUMBER, autoincrement=False, nullable=False),
    sa.Column('token', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('notice',
    sa.Column('id', NUMBER, autoincrement=True, nullable=False),
    sa.Column('peer', WORDS, nullable=False),
    sa.Column('delivery_id', WORDS, nullable=False),
    sa.Column('digest_received', sa.LargeBinary(), nullable=False),
    sa.Column('digest_on_record', sa.LargeBinary(), nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('recorded_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('copies', NUMBER, autoincrement=False, nullable=False),
    sa.Column('claimed_until', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('notice_free', 'notice', ['claimed_until', 'id'], unique=False)
    op.create_table('outbox',
    sa.Column('hop', WORDS, nullable=False),
    sa.Column('peer', WORDS, nullable=False),
    sa.Column('receiver', WORDS, nullable=False),
    sa.Column('rank', NUMBER, autoincrement=False, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.Column('message_digest', sa.LargeBinary(), nullable=False),
    sa.Column('body_bytes', NUMBER, autoincrement=False, nullable=False),
    sa.Column('proof_at', NUMBER, autoincrement=False, nullable=True),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('due_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('attempt', NUMBER, autoincrement=False, nullable=False),
    sa.Column('channel', WORDS, nullable=False),
    sa.Column('channel_incarnation', WORDS, nullable=False),
    sa.Column('created_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('alone', sa.Boolean(), nullable=False),
    sa.Column('worker', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('hop')
    )
    op.create_index('outbox_channel', 'outbox', ['channel', 'channel_incarnation'], unique=False, postgresql_where=sa.text("state = 'sent'"), sqlite_where=sa.text("state = 'sent'"))
    op.create_index('outbox_ready', 'outbox', ['rank', 'due_at', 'n'], unique=False, postgresql_where=sa.text("state IN ('due', 'claimed')"), sqlite_where=sa.text("state IN ('due', 'claimed')"))
    op.create_index('outbox_sent', 'outbox', ['peer', 'due_at', 'n'], unique=False, postgresql_where=sa.text("state = 'sent'"), sqlite_where=sa.text("state = 'sent'"))
    op.create_table('outbox_history',
    sa.Column('id', NUMBER, autoincrement=True, nullable=False),
    sa.Column('hop', WORDS, nullable=False),
    sa.Column('peer', WORDS, nullable=False),
    sa.Column('receiver', WORDS, nullable=False),
    sa.Column('rank', NUMBER, autoincrement=False, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.Column('message_digest', sa.LargeBinary(), nullable=False),
    sa.Column('body_bytes', NUMBER, autoincrement=False, nullable=False),
    sa.Column('proof_at', NUMBER, autoincrement=False, nullable=True),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('due_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('attempt', NUMBER, autoincrement=False, nullable=False),
    sa.Column('channel', WORDS, nullable=False),
    sa.Column('channel_incarnation', WORDS, nullable=False),
    sa.Column('created_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('alone', sa.Boolean(), nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('closed_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('copies', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('outbox_history_by_hop', 'outbox_history', ['hop'], unique=False)
    op.create_table('peer',
    sa.Column('peer', WORDS, nullable=False),
    sa.Column('incarnation', WORDS, nullable=False),
    sa.Column('seen_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('checkpoint', NUMBER, autoincrement=False, nullable=False),
    sa.Column('checkpoint_hash', sa.LargeBinary(), nullable=False),
    sa.Column('trust_number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('catalogue_release', NUMBER, autoincrement=False, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('peer')
    )
    op.create_table('refusal',
    sa.Column('sender', WORDS, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('delivery_id', WORDS, nullable=False),
    sa.Column('refused_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('digest', 'sender')
    )
    op.create_table('serial',
    sa.Column('incarnation', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('n', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('incarnation', 'party', 'kind')
    )
    op.create_table('statement_entry',
    sa.Column('id', NUMBER, autoincrement=True, nullable=False),
    sa.Column('layer_id', WORDS, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('status', WORDS, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('proof_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('business_day', WORDS, nullable=False),
    sa.Column('issuer', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('statement_entry_group', 'statement_entry', ['party', 'issuer', 'id'], unique=False)
    op.create_table('status_event',
    sa.Column('id', NUMBER, autoincrement=True, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('layer_id', WORDS, nullable=False),
    sa.Column('status', WORDS, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('layer_id', 'status', 'party', name='status_event_once')
    )
    op.create_index('status_event_by_voucher', 'status_event', ['voucher_id'], unique=False)
    if op.get_context().dialect.name == 'postgresql':
        # base64 does not compress, and trying costs more than the whole insert
        op.execute('ALTER TABLE message ALTER COLUMN octets SET STORAGE EXTERNAL')
