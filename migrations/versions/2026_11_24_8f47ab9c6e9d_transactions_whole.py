"""Transactions whole: types, payments, discounts, subscriptions, approvals, templates, reports, imports.

Revision ID: 8f47ab9c6e9d
Revises: 66ce4dbed140
Create Date: 2026-11-24 17:32:29.937111
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op
from babel.numbers import get_currency_precision

revision = '8f47ab9c6e9d'
down_revision = '66ce4dbed140'
branch_labels = None
depends_on = None
#: how a group without any tax is called
NO_TAX = 'O'


def upgrade() -> None:
    op.create_table('mail_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_templates')),
    sa.UniqueConstraint('kind', 'language', name=op.f('uq_mail_templates_kind'))
    )
    op.create_table('payment_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind IN ('days','month_end')", name=op.f('ck_payment_terms_kind')),
    sa.CheckConstraint('days >= 0', name=op.f('ck_payment_terms_days')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_terms'))
    )
    with op.batch_alter_table('payment_terms', schema=None) as batch_op:
        batch_op.create_index('uq_payment_terms_default', ['is_default'], unique=True, sqlite_where=sa.text('is_default'), postgresql_where=sa.text('is_default'))

    op.create_table('reminder_rules',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('adds_late_fee', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.CheckConstraint('days >= -90 AND days <= 730', name=op.f('ck_reminder_rules_days')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder_rules')),
    sa.UniqueConstraint('days', name=op.f('uq_reminder_rules_days'))
    )
    op.create_table('exchange_rates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('rate', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('entered_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('rate > 0', name=op.f('ck_exchange_rates_rate')),
    sa.ForeignKeyConstraint(['entered_by'], ['users.id'], name=op.f('fk_exchange_rates_entered_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange_rates')),
    sa.UniqueConstraint('currency', 'date', name=op.f('uq_exchange_rates_currency'))
    )
    op.create_table('file_imports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('header', sa.JSON(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('decimal_mark', sa.String(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('applied_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("state IN ('planned','applied','dropped','undone')", name=op.f('ck_file_imports_state')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_file_imports_created_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file_imports'))
    )
    with op.batch_alter_table('file_imports', schema=None) as batch_op:
        batch_op.create_index('ix_file_imports_state_id', ['state', 'id'], unique=False)

    op.create_table('items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('sku', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('rate', sa.BigInteger(), nullable=False),
    sa.Column('tax_id', sa.Integer(), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('custom', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('service','goods')", name=op.f('ck_items_kind')),
    sa.ForeignKeyConstraint(['tax_id'], ['taxes.id'], name=op.f('fk_items_tax_id_taxes'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_items'))
    )
    with op.batch_alter_table('items', schema=None) as batch_op:
        batch_op.create_index('ix_items_name_id', ['name', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_items_name_key'), ['name_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_items_sku'), ['sku'], unique=False)

    op.create_table('customer_merges',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('gone_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('undone_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['gone_id'], ['customers.id'], name=op.f('fk_customer_merges_gone_id_customers'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['kept_id'], ['customers.id'], name=op.f('fk_customer_merges_kept_id_customers'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_merges'))
    )
    with op.batch_alter_table('customer_merges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_merges_gone_id'), ['gone_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_customer_merges_kept_id'), ['kept_id'], unique=False)

    op.create_table('file_import_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('local_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['file_imports.id'], name=op.f('fk_file_import_rows_import_id_file_imports'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file_import_rows')),
    sa.UniqueConstraint('kind', 'key', name=op.f('uq_file_import_rows_kind'))
    )
    with op.batch_alter_table('file_import_rows', schema=None) as batch_op:
        batch_op.create_index('ix_file_import_rows_import_id', ['import_id'], unique=False)

    op.create_table('item_prices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('rate', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_item_prices_item_id_items'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_prices')),
    sa.UniqueConstraint('item_id', 'currency', name=op.f('uq_item_prices_item_id'))
    )
    op.create_table('approval_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('to', sa.String(), nullable=False),
    sa.Column('message', sa.String(), nullable=False),
    sa.Column('nonce', sa.String(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('answered_by', sa.String(), nullable=False),
    sa.Column('comment', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_approval_requests_project_id_projects'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_requests'))
    )
    with op.batch_alter_table('approval_requests', schema=None) as batch_op:
        batch_op.create_index('ix_approval_requests_project_id_id', ['project_id', 'id'], unique=False)

    op.create_table('subscriptions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('every', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('start_date', sa.Date(), nullable=False),
    sa.Column('end_date', sa.Date(), nullable=True),
    sa.Column('max_count', sa.Integer(), nullable=True),
    sa.Column('next_index', sa.Integer(), nullable=False),
    sa.Column('next_date', sa.Date(), nullable=True),
    sa.Column('mode', sa.String(), nullable=False),
    sa.Column('catch_up', sa.String(), nullable=False),
    sa.Column('takes_hours', sa.Boolean(), nullable=False),
    sa.Column('layout', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('template', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('invoice','expense')", name=op.f('ck_subscriptions_kind')),
    sa.CheckConstraint("status IN ('active','paused','ended')", name=op.f('ck_subscriptions_status')),
    sa.CheckConstraint('every > 0', name=op.f('ck_subscriptions_every')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_subscriptions_created_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_subscriptions_customer_id_customers'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_subscriptions_project_id_projects'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions'))
    )
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriptions_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_subscriptions_name_id', ['name', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_subscriptions_project_id'), ['project_id'], unique=False)
        batch_op.create_index('ix_subscriptions_status_next_date', ['status', 'next_date'], unique=False)

    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('file', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('goes_with_mail', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_attachments_created_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_attachments_transaction_id_transactions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index('ix_attachments_transaction_id', ['transaction_id'], unique=False)

    op.create_table('dated_rates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('from_date', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind = 'rate' OR user_id IS NOT NULL", name=op.f('ck_dated_rates_cost_of_person')),
    sa.CheckConstraint("kind IN ('rate','cost')", name=op.f('ck_dated_rates_kind')),
    sa.CheckConstraint('(task_id IS NOT NULL AND project_id IS NULL AND user_id IS NULL) OR (task_id IS NULL AND (project_id IS NOT NULL OR user_id IS NOT NULL))', name=op.f('ck_dated_rates_place')),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_dated_rates_amount')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_dated_rates_project_id_projects'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['task_id'], ['tasks.id'], name=op.f('fk_dated_rates_task_id_tasks'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_dated_rates_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dated_rates'))
    )
    with op.batch_alter_table('dated_rates', schema=None) as batch_op:
        batch_op.create_index('uq_dated_rates_person', ['kind', 'user_id', 'from_date'], unique=True, sqlite_where=sa.text('user_id IS NOT NULL AND project_id IS NULL'), postgresql_where=sa.text('user_id IS NOT NULL AND project_id IS NULL'))
        batch_op.create_index('uq_dated_rates_project', ['kind', 'project_id', 'from_date'], unique=True, sqlite_where=sa.text('project_id IS NOT NULL AND user_id IS NULL'), postgresql_where=sa.text('project_id IS NOT NULL AND user_id IS NULL'))
        batch_op.create_index('uq_dated_rates_staff', ['kind', 'user_id', 'project_id', 'from_date'], unique=True, sqlite_where=sa.text('user_id IS NOT NULL AND project_id IS NOT NULL'), postgresql_where=sa.text('user_id IS NOT NULL AND project_id IS NOT NULL'))
        batch_op.create_index('uq_dated_rates_task', ['kind', 'task_id', 'from_date'], unique=True, sqlite_where=sa.text('task_id IS NOT NULL'), postgresql_where=sa.text('task_id IS NOT NULL'))

    op.create_table('payments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('unused', sa.BigInteger(), nullable=False),
    sa.Column('exchange_rate', sa.BigInteger(), nullable=False),
    sa.Column('exchange_source', sa.String(), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('notes', sa.String(), nullable=False),
    sa.Column('from_payment_id', sa.Integer(), nullable=True),
    sa.Column('from_transaction_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('reversed_at', sa.DateTime(), nullable=True),
    sa.Column('reverse_reason', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('payment','refund')", name=op.f('ck_payments_kind')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_payments_amount')),
    sa.CheckConstraint('unused >= 0', name=op.f('ck_payments_unused')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_payments_created_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_payments_customer_id_customers'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['from_payment_id'], ['payments.id'], name=op.f('fk_payments_from_payment_id_payments'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['from_transaction_id'], ['transactions.id'], name=op.f('fk_payments_from_transaction_id_transactions'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payments'))
    )
    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.create_index('ix_payments_customer_id_date_id', ['customer_id', 'date', 'id'], unique=False)
        batch_op.create_index('ix_payments_date_id', ['date', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payments_from_transaction_id'), ['from_transaction_id'], unique=False)

    op.create_table('reminder_holds',
    sa.Column('transaction_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('by', sa.String(), server_default='', nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_reminder_holds_transaction_id_transactions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('transaction_id', name=op.f('pk_reminder_holds'))
    )
    op.create_table('transaction_taxes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('tax_id', sa.Integer(), nullable=True),
    sa.Column('percent', sa.BigInteger(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('net', sa.BigInteger(), nullable=False),
    sa.Column('tax', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['tax_id'], ['taxes.id'], name=op.f('fk_transaction_taxes_tax_id_taxes'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_transaction_taxes_transaction_id_transactions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transaction_taxes'))
    )
    with op.batch_alter_table('transaction_taxes', schema=None) as batch_op:
        batch_op.create_index('ix_transaction_taxes_transaction_id', ['transaction_id'], unique=False)

    op.create_table('approval_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('time_entry_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('answered_by', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("verdict IN ('asked','approved','rejected')", name=op.f('ck_approval_answers_verdict')),
    sa.ForeignKeyConstraint(['request_id'], ['approval_requests.id'], name=op.f('fk_approval_answers_request_id_approval_requests'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['time_entry_id'], ['time_entries.id'], name=op.f('fk_approval_answers_time_entry_id_time_entries'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_answers'))
    )
    with op.batch_alter_table('approval_answers', schema=None) as batch_op:
        batch_op.create_index('ix_approval_answers_request_id', ['request_id'], unique=False)
        batch_op.create_index('ix_approval_answers_time_entry_id', ['time_entry_id'], unique=False)
        batch_op.create_index('uq_approval_answers_open', ['time_entry_id'], unique=True, sqlite_where=sa.text('request_id IS NOT NULL AND closed_at IS NULL'), postgresql_where=sa.text('request_id IS NOT NULL AND closed_at IS NULL'))

    op.create_table('reminders_sent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('fee_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['fee_id'], ['transactions.id'], name=op.f('fk_reminders_sent_fee_id_transactions'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['message_id'], ['mail_messages.id'], name=op.f('fk_reminders_sent_message_id_mail_messages'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['rule_id'], ['reminder_rules.id'], name=op.f('fk_reminders_sent_rule_id_reminder_rules'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_reminders_sent_transaction_id_transactions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminders_sent')),
    sa.UniqueConstraint('transaction_id', 'rule_id', name=op.f('uq_reminders_sent_transaction_id'))
    )
    with op.batch_alter_table('reminders_sent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reminders_sent_fee_id'), ['fee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reminders_sent_rule_id'), ['rule_id'], unique=False)

    op.create_table('settlements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=True),
    sa.Column('credit_id', sa.Integer(), nullable=True),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('reversed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(payment_id IS NULL) <> (credit_id IS NULL)', name=op.f('ck_settlements_one_source')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_settlements_amount')),
    sa.ForeignKeyConstraint(['credit_id'], ['transactions.id'], name=op.f('fk_settlements_credit_id_transactions'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['payment_id'], ['payments.id'], name=op.f('fk_settlements_payment_id_payments'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_settlements_transaction_id_transactions'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlements'))
    )
    with op.batch_alter_table('settlements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_settlements_credit_id'), ['credit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_settlements_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index('ix_settlements_transaction_id_reversed_at', ['transaction_id', 'reversed_at'], unique=False)

    op.create_table('credit_picks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=True),
    sa.Column('allocation_id', sa.Integer(), nullable=True),
    sa.Column('expense_allocation_id', sa.Integer(), nullable=True),
    sa.Column('item_allocation_id', sa.Integer(), nullable=True),
    sa.Column('write_off', sa.Boolean(), nullable=False),
    sa.Column('picked_at', sa.DateTime(), nullable=False),
    sa.Column('released_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(CASE WHEN allocation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN expense_allocation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN item_allocation_id IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_credit_picks_one_thing')),
    sa.ForeignKeyConstraint(['allocation_id'], ['allocations.id'], name=op.f('fk_credit_picks_allocation_id_allocations'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['expense_allocation_id'], ['expense_allocations.id'], name=op.f('fk_credit_picks_expense_allocation_id_expense_allocations'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['item_allocation_id'], ['item_allocations.id'], name=op.f('fk_credit_picks_item_allocation_id_item_allocations'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['line_id'], ['transaction_lines.id'], name=op.f('fk_credit_picks_line_id_transaction_lines'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_credit_picks_transaction_id_transactions'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_picks'))
    )
    with op.batch_alter_table('credit_picks', schema=None) as batch_op:
        batch_op.create_index('ix_credit_picks_line_id', ['line_id'], unique=False)
        batch_op.create_index('ix_credit_picks_transaction_id_released_at', ['transaction_id', 'released_at'], unique=False)
        batch_op.create_index('uq_credit_picks_allocation_live', ['allocation_id'], unique=True, sqlite_where=sa.text('released_at IS NULL AND allocation_id IS NOT NULL'), postgresql_where=sa.text('released_at IS NULL AND allocation_id IS NOT NULL'))
        batch_op.create_index('uq_credit_picks_expense_allocation_live', ['expense_allocation_id'], unique=True, sqlite_where=sa.text('released_at IS NULL AND expense_allocation_id IS NOT NULL'), postgresql_where=sa.text('released_at IS NULL AND expense_allocation_id IS NOT NULL'))
        batch_op.create_index('uq_credit_picks_item_allocation_live', ['item_allocation_id'], unique=True, sqlite_where=sa.text('released_at IS NULL AND item_allocation_id IS NOT NULL'), postgresql_where=sa.text('released_at IS NULL AND item_allocation_id IS NOT NULL'))

    with op.batch_alter_table('custom_fields', schema=None) as batch_op:
        batch_op.add_column(sa.Column('choices', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('delivery_address', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('registration_id', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('electronic_address', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('electronic_scheme', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('buyer_reference', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('language', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('default_tax_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('gets_reminders', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('link_token', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('payment_term_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_customers_link_token'), ['link_token'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_customers_default_tax_id_taxes'), 'taxes', ['default_tax_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_foreign_key(batch_op.f('fk_customers_payment_term_id_payment_terms'), 'payment_terms', ['payment_term_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_foreign_key(batch_op.f('fk_customers_merged_into_id_customers'), 'customers', ['merged_into_id'], ['id'], ondelete='RESTRICT')

    with op.batch_alter_table('expenses', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subscription_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('period_start', sa.Date(), nullable=True))
        batch_op.create_index('uq_expenses_subscription_period', ['subscription_id', 'period_start'], unique=True, sqlite_where=sa.text('subscription_id IS NOT NULL'), postgresql_where=sa.text('subscription_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_expenses_subscription_id_subscriptions'), 'subscriptions', ['subscription_id'], ['id'], ondelete='RESTRICT')

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kept_seconds', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('kept_project', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('kept_cause', sa.String(), nullable=True))
        batch_op.create_index('ix_links_kept_cause', ['integration_id', 'kept_cause', 'id'], unique=False, sqlite_where=sa.text('kept_cause IS NOT NULL'), postgresql_where=sa.text('kept_cause IS NOT NULL'))
        batch_op.create_index('ix_links_stuck', ['integration_id', 'module', 'reason', 'is_muted', 'kept_cause', 'kept_project', 'kept_seconds'], unique=False, sqlite_where=sa.text('reason IS NOT NULL'), postgresql_where=sa.text('reason IS NOT NULL'))

    with op.batch_alter_table('mail_messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('customer_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('kind', sa.String(), server_default='letter', nullable=False))
        batch_op.add_column(sa.Column('bcc', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('is_secret', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('has_document', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('has_annex', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('attached', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('failed_at', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('taken_by', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('send_at', sa.DateTime(), nullable=True))
        batch_op.create_index('ix_mail_messages_customer_id', ['customer_id'], unique=False, sqlite_where=sa.text('customer_id IS NOT NULL'), postgresql_where=sa.text('customer_id IS NOT NULL'))
        batch_op.create_index('ix_mail_messages_status_id', ['status', 'id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_mail_messages_customer_id_customers'), 'customers', ['customer_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('street', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('zip_code', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('city', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('state', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('registration_id', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('electronic_address', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('electronic_scheme', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('bank_name', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('account_holder', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('iban', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('bic', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('payment_link', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('logo_file', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('brand_color', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('paper_layout', sa.String(), server_default='classic', nullable=False))
        batch_op.add_column(sa.Column('language', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('default_tax_mode', sa.String(), server_default='exclusive', nullable=False))
        batch_op.add_column(sa.Column('default_terms', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('approval_policy', sa.String(), server_default='none', nullable=False))
        batch_op.add_column(sa.Column('has_e_invoices', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('has_reminders', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('reminded_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('late_fee_percent', sa.BigInteger(), server_default='0', nullable=False))

    with op.batch_alter_table('project_staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('budget_seconds', sa.Integer(), nullable=True))

    with op.batch_alter_table('projects', schema=None) as batch_op:
        batch_op.add_column(sa.Column('budget_kind', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('budget_amount', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('approval_policy', sa.String(), server_default='', nullable=False))

    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('budget_seconds', sa.Integer(), nullable=True))

    with op.batch_alter_table('taxes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('category', sa.String(), server_default='S', nullable=False))
        batch_op.add_column(sa.Column('sentence', sa.String(), server_default='', nullable=False))

    with op.batch_alter_table('time_entries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('approval', sa.String(), server_default='none', nullable=False))
        batch_op.drop_index(batch_op.f('ix_time_entries_project_id_billing_state_date_id'))
        batch_op.create_index('ix_time_entries_project_id_billing_state_date_id', ['project_id', 'billing_state', 'date', 'id', 'seconds', 'is_billable', 'approval', 'source'], unique=False)

    with op.batch_alter_table('transaction_lines', schema=None) as batch_op:
        batch_op.add_column(sa.Column('discount_percent', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('item_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('source_line_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_transaction_lines_item_id', ['item_id'], unique=False, sqlite_where=sa.text('item_id IS NOT NULL'), postgresql_where=sa.text('item_id IS NOT NULL'))
        batch_op.create_index('ix_transaction_lines_source_line_id', ['source_line_id'], unique=False, sqlite_where=sa.text('source_line_id IS NOT NULL'), postgresql_where=sa.text('source_line_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_transaction_lines_source_line_id_transaction_lines'), 'transaction_lines', ['source_line_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key(batch_op.f('fk_transaction_lines_item_id_items'), 'items', ['item_id'], ['id'], ondelete='RESTRICT')

    with op.batch_alter_table('transactions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tax_mode', sa.String(), server_default='exclusive', nullable=False))
        batch_op.add_column(sa.Column('discount_kind', sa.String(), server_default='percent', nullable=False))
        batch_op.add_column(sa.Column('discount_value', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('shipping', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('shipping_tax_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('shipping_tax_percent', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('adjustment', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('adjustment_name', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('discount_total', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('credit', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('terms', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('language', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('paper_layout', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('payment_link', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('retainer_percent', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('credits_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('subscription_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('period_start', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('is_opening', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_index(batch_op.f('uq_transactions_converted_live'), sqlite_where=sa.text("status NOT IN ('void', 'deleted')"))
        batch_op.create_index('ix_transactions_credits_id', ['credits_id'], unique=False, sqlite_where=sa.text('credits_id IS NOT NULL'), postgresql_where=sa.text('credits_id IS NOT NULL'))
        batch_op.create_index('uq_transactions_subscription_period', ['subscription_id', 'period_start'], unique=True, sqlite_where=sa.text('subscription_id IS NOT NULL'), postgresql_where=sa.text('subscription_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_transactions_shipping_tax_id_taxes'), 'taxes', ['shipping_tax_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_foreign_key(batch_op.f('fk_transactions_subscription_id_subscriptions'), 'subscriptions', ['subscription_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_foreign_key(batch_op.f('fk_transactions_credits_id_transactions'), 'transactions', ['credits_id'], ['id'], ondelete='RESTRICT')
    with op.batch_alter_table('time_entries', schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f('ck_time_entries_approval'), "approval IN ('none','asked','approved','rejected')"
        )
    _keep_figures_of_links(op.get_bind())
    _keep_tax_groups(op.get_bind())
    _tell_mails_apart(op.get_bind())
    _continue_lines(op.get_bind())


def _continue_lines(bind: sa.Connection) -> None:
    """What a quote became was whole and in its order: each line continues the one at its place."""
    bind.execute(sa.text(
        "UPDATE transaction_lines SET source_line_id = (SELECT s.id FROM transaction_lines s "
        "JOIN transactions t ON t.converted_from_id = s.transaction_id "
        "WHERE t.id = transaction_lines.transaction_id AND s.position = transaction_lines.position "
        "AND s.kind <> 'rounding') WHERE kind <> 'rounding' AND transaction_id IN "
        "(SELECT id FROM transactions WHERE converted_from_id IS NOT NULL)"
    ))


def _tell_mails_apart(bind: sa.Connection) -> None:
    """Mails of transactions are told from letters to people; what was sent keeps no link that opens an account."""
    bind.execute(sa.text(
        'UPDATE mail_messages SET kind = (SELECT t.type FROM transactions t WHERE t.id = mail_messages.transaction_id), '
        'customer_id = (SELECT t.customer_id FROM transactions t WHERE t.id = mail_messages.transaction_id) '
        'WHERE transaction_id IS NOT NULL'
    ))
    bind.execute(sa.text("UPDATE mail_messages SET text = '', html = '' WHERE transaction_id IS NULL AND status = 'sent'"))


def _keep_figures_of_links(bind: sa.Connection) -> None:
    """What a kept-out record logs and waits for is read once from its JSON."""
    links = sa.table('links', sa.column('id'), sa.column('reason'), sa.column('kept', sa.JSON),
                     sa.column('detail', sa.JSON), sa.column('kept_seconds'), sa.column('kept_project'),
                     sa.column('kept_cause'))
    rows = bind.execute(sa.select(links.c.id, links.c.kept, links.c.detail).where(links.c.reason.is_not(None))).all()
    for start in range(0, len(rows), 1000):
        found = [_figures(*row) for row in rows[start : start + 1000] if row.kept]
        if found:
            change = sa.update(links).where(links.c.id == sa.bindparam('link')).values(
                kept_seconds=sa.bindparam('logged'), kept_project=sa.bindparam('project'),
                kept_cause=sa.bindparam('cause'))
            bind.execute(change, found)


def _figures(key: int, kept: dict[str, Any], detail: dict[str, Any] | None) -> dict[str, Any]:
    fields, said = kept.get('fields') or {}, detail or {}
    written, project, parent = str(fields.get('seconds')), fields.get('project'), said.get('parent')
    is_whole = written.isascii() and written.isdigit() and len(written) < 9
    owner = said.get('parent_module') or 'projects'
    return {
        'link': key, 'logged': (int(written) or None) if is_whole else None,
        'project': str(project) if project else None, 'cause': f'{owner}:{parent}' if parent else None,
    }


def _keep_tax_groups(bind: sa.Connection) -> None:
    """What was issued before had no discounts and no prices with tax: a group is the sum of its lines."""
    sums = bind.execute(sa.text(
        'SELECT t.id AS transaction_id, t.currency, l.tax_id, l.tax_percent AS percent, SUM(l.amount) AS net '
        'FROM transactions t JOIN transaction_lines l ON l.transaction_id = t.id '
        'WHERE t.number IS NOT NULL GROUP BY t.id, t.currency, l.tax_id, l.tax_percent'
    )).all()
    table = sa.table('transaction_taxes', *map(sa.column, ('transaction_id', 'tax_id', 'percent', 'category', 'net', 'tax')))
    rows = [
        {'transaction_id': row.transaction_id, 'tax_id': row.tax_id, 'percent': row.percent, 'net': int(row.net),
         'category': 'S' if row.tax_id is not None else NO_TAX, 'tax': _tax(int(row.net), row.percent, row.currency)}
        for row in sums
    ]
    for start in range(0, len(rows), 1000):
        bind.execute(sa.insert(table), rows[start : start + 1000])


def _tax(net: int, percent: int, currency: str) -> int:
    """Both are in ten thousandths; the tax is rounded half up to the currency's own digits."""
    places = get_currency_precision(currency)
    exact = Decimal(net) * Decimal(percent) / Decimal(100 * 10_000) / 10_000
    return int(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) * 10_000)


def downgrade() -> None:
    with op.batch_alter_table('transactions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_transactions_credits_id_transactions'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_transactions_subscription_id_subscriptions'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_transactions_shipping_tax_id_taxes'), type_='foreignkey')
        batch_op.drop_index('uq_transactions_subscription_period', sqlite_where=sa.text('subscription_id IS NOT NULL'), postgresql_where=sa.text('subscription_id IS NOT NULL'))
        batch_op.drop_index('ix_transactions_credits_id', sqlite_where=sa.text('credits_id IS NOT NULL'), postgresql_where=sa.text('credits_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('uq_transactions_converted_live'), ['converted_from_id'], unique=1, sqlite_where=sa.text("status NOT IN ('void', 'deleted')"))
        batch_op.drop_column('is_opening')
        batch_op.drop_column('period_start')
        batch_op.drop_column('subscription_id')
        batch_op.drop_column('credits_id')
        batch_op.drop_column('retainer_percent')
        batch_op.drop_column('payment_link')
        batch_op.drop_column('paper_layout')
        batch_op.drop_column('language')
        batch_op.drop_column('terms')
        batch_op.drop_column('credit')
        batch_op.drop_column('discount_total')
        batch_op.drop_column('adjustment_name')
        batch_op.drop_column('adjustment')
        batch_op.drop_column('shipping_tax_percent')
        batch_op.drop_column('shipping_tax_id')
        batch_op.drop_column('shipping')
        batch_op.drop_column('discount_value')
        batch_op.drop_column('discount_kind')
        batch_op.drop_column('tax_mode')

    with op.batch_alter_table('transaction_lines', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_transaction_lines_item_id_items'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_transaction_lines_source_line_id_transaction_lines'), type_='foreignkey')
        batch_op.drop_index('ix_transaction_lines_source_line_id', sqlite_where=sa.text('source_line_id IS NOT NULL'), postgresql_where=sa.text('source_line_id IS NOT NULL'))
        batch_op.drop_index('ix_transaction_lines_item_id', sqlite_where=sa.text('item_id IS NOT NULL'), postgresql_where=sa.text('item_id IS NOT NULL'))
        batch_op.drop_column('source_line_id')
        batch_op.drop_column('item_id')
        batch_op.drop_column('discount_percent')

    with op.batch_alter_table('time_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_time_entries_project_id_billing_state_date_id')
        batch_op.create_index(batch_op.f('ix_time_entries_project_id_billing_state_date_id'), ['project_id', 'billing_state', 'date', 'id', 'seconds', 'is_billable'], unique=False)
        batch_op.drop_column('approval')

    with op.batch_alter_table('taxes', schema=None) as batch_op:
        batch_op.drop_column('sentence')
        batch_op.drop_column('category')

    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.drop_column('budget_seconds')

    with op.batch_alter_table('projects', schema=None) as batch_op:
        batch_op.drop_column('approval_policy')
        batch_op.drop_column('budget_amount')
        batch_op.drop_column('budget_kind')

    with op.batch_alter_table('project_staff', schema=None) as batch_op:
        batch_op.drop_column('budget_seconds')

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_column('late_fee_percent')
        batch_op.drop_column('reminded_on')
        batch_op.drop_column('has_reminders')
        batch_op.drop_column('has_e_invoices')
        batch_op.drop_column('approval_policy')
        batch_op.drop_column('default_terms')
        batch_op.drop_column('default_tax_mode')
        batch_op.drop_column('language')
        batch_op.drop_column('paper_layout')
        batch_op.drop_column('brand_color')
        batch_op.drop_column('logo_file')
        batch_op.drop_column('payment_link')
        batch_op.drop_column('bic')
        batch_op.drop_column('iban')
        batch_op.drop_column('account_holder')
        batch_op.drop_column('bank_name')
        batch_op.drop_column('electronic_scheme')
        batch_op.drop_column('electronic_address')
        batch_op.drop_column('registration_id')
        batch_op.drop_column('state')
        batch_op.drop_column('city')
        batch_op.drop_column('zip_code')
        batch_op.drop_column('street')

    with op.batch_alter_table('mail_messages', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_mail_messages_customer_id_customers'), type_='foreignkey')
        batch_op.drop_index('ix_mail_messages_status_id')
        batch_op.drop_index('ix_mail_messages_customer_id', sqlite_where=sa.text('customer_id IS NOT NULL'), postgresql_where=sa.text('customer_id IS NOT NULL'))
        batch_op.drop_column('send_at')
        batch_op.drop_column('taken_by')
        batch_op.drop_column('failed_at')
        batch_op.drop_column('attached')
        batch_op.drop_column('has_annex')
        batch_op.drop_column('has_document')
        batch_op.drop_column('is_secret')
        batch_op.drop_column('bcc')
        batch_op.drop_column('kind')
        batch_op.drop_column('customer_id')

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.drop_index('ix_links_stuck', sqlite_where=sa.text('reason IS NOT NULL'), postgresql_where=sa.text('reason IS NOT NULL'))
        batch_op.drop_index('ix_links_kept_cause', sqlite_where=sa.text('kept_cause IS NOT NULL'), postgresql_where=sa.text('kept_cause IS NOT NULL'))
        batch_op.drop_column('kept_cause')
        batch_op.drop_column('kept_project')
        batch_op.drop_column('kept_seconds')

    with op.batch_alter_table('expenses', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_expenses_subscription_id_subscriptions'), type_='foreignkey')
        batch_op.drop_index('uq_expenses_subscription_period', sqlite_where=sa.text('subscription_id IS NOT NULL'), postgresql_where=sa.text('subscription_id IS NOT NULL'))
        batch_op.drop_column('period_start')
        batch_op.drop_column('subscription_id')

    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_customers_merged_into_id_customers'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_customers_payment_term_id_payment_terms'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_customers_default_tax_id_taxes'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_customers_link_token'))
        batch_op.drop_column('payment_term_id')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('link_token')
        batch_op.drop_column('gets_reminders')
        batch_op.drop_column('default_tax_id')
        batch_op.drop_column('language')
        batch_op.drop_column('buyer_reference')
        batch_op.drop_column('electronic_scheme')
        batch_op.drop_column('electronic_address')
        batch_op.drop_column('registration_id')
        batch_op.drop_column('delivery_address')

    with op.batch_alter_table('custom_fields', schema=None) as batch_op:
        batch_op.drop_column('is_active')
        batch_op.drop_column('choices')

    with op.batch_alter_table('credit_picks', schema=None) as batch_op:
        batch_op.drop_index('uq_credit_picks_item_allocation_live', sqlite_where=sa.text('released_at IS NULL AND item_allocation_id IS NOT NULL'), postgresql_where=sa.text('released_at IS NULL AND item_allocation_id IS NOT NULL'))
        batch_op.drop_index('uq_credit_picks_expense_allocation_live', sqlite_where=sa.text('released_at IS NULL AND expense_allocation_id IS NOT NULL'), postgresql_where=sa.text('released_at IS NULL AND expense_allocation_id IS NOT NULL'))
        batch_op.drop_index('uq_credit_picks_allocation_live', sqlite_where=sa.text('released_at IS NULL AND allocation_id IS NOT NULL'), postgresql_where=sa.text('released_at IS NULL AND allocation_id IS NOT NULL'))
        batch_op.drop_index('ix_credit_picks_transaction_id_released_at')
        batch_op.drop_index('ix_credit_picks_line_id')

    op.drop_table('credit_picks')
    with op.batch_alter_table('settlements', schema=None) as batch_op:
        batch_op.drop_index('ix_settlements_transaction_id_reversed_at')
        batch_op.drop_index(batch_op.f('ix_settlements_payment_id'))
        batch_op.drop_index(batch_op.f('ix_settlements_credit_id'))

    op.drop_table('settlements')
    with op.batch_alter_table('reminders_sent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reminders_sent_rule_id'))
        batch_op.drop_index(batch_op.f('ix_reminders_sent_fee_id'))

    op.drop_table('reminders_sent')
    with op.batch_alter_table('approval_answers', schema=None) as batch_op:
        batch_op.drop_index('uq_approval_answers_open', sqlite_where=sa.text('request_id IS NOT NULL AND closed_at IS NULL'), postgresql_where=sa.text('request_id IS NOT NULL AND closed_at IS NULL'))
        batch_op.drop_index('ix_approval_answers_time_entry_id')
        batch_op.drop_index('ix_approval_answers_request_id')

    op.drop_table('approval_answers')
    with op.batch_alter_table('transaction_taxes', schema=None) as batch_op:
        batch_op.drop_index('ix_transaction_taxes_transaction_id')

    op.drop_table('transaction_taxes')
    op.drop_table('reminder_holds')
    with op.batch_alter_table('payments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payments_from_transaction_id'))
        batch_op.drop_index('ix_payments_date_id')
        batch_op.drop_index('ix_payments_customer_id_date_id')

    op.drop_table('payments')
    with op.batch_alter_table('dated_rates', schema=None) as batch_op:
        batch_op.drop_index('uq_dated_rates_task', sqlite_where=sa.text('task_id IS NOT NULL'), postgresql_where=sa.text('task_id IS NOT NULL'))
        batch_op.drop_index('uq_dated_rates_staff', sqlite_where=sa.text('user_id IS NOT NULL AND project_id IS NOT NULL'), postgresql_where=sa.text('user_id IS NOT NULL AND project_id IS NOT NULL'))
        batch_op.drop_index('uq_dated_rates_project', sqlite_where=sa.text('project_id IS NOT NULL AND user_id IS NULL'), postgresql_where=sa.text('project_id IS NOT NULL AND user_id IS NULL'))
        batch_op.drop_index('uq_dated_rates_person', sqlite_where=sa.text('user_id IS NOT NULL AND project_id IS NULL'), postgresql_where=sa.text('user_id IS NOT NULL AND project_id IS NULL'))

    op.drop_table('dated_rates')
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_index('ix_attachments_transaction_id')

    op.drop_table('attachments')
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.drop_index('ix_subscriptions_status_next_date')
        batch_op.drop_index(batch_op.f('ix_subscriptions_project_id'))
        batch_op.drop_index('ix_subscriptions_name_id')
        batch_op.drop_index(batch_op.f('ix_subscriptions_customer_id'))

    op.drop_table('subscriptions')
    with op.batch_alter_table('approval_requests', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_requests_project_id_id')

    op.drop_table('approval_requests')
    op.drop_table('item_prices')
    with op.batch_alter_table('file_import_rows', schema=None) as batch_op:
        batch_op.drop_index('ix_file_import_rows_import_id')

    op.drop_table('file_import_rows')
    with op.batch_alter_table('customer_merges', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_customer_merges_kept_id'))
        batch_op.drop_index(batch_op.f('ix_customer_merges_gone_id'))

    op.drop_table('customer_merges')
    with op.batch_alter_table('items', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_items_sku'))
        batch_op.drop_index(batch_op.f('ix_items_name_key'))
        batch_op.drop_index('ix_items_name_id')

    op.drop_table('items')
    with op.batch_alter_table('file_imports', schema=None) as batch_op:
        batch_op.drop_index('ix_file_imports_state_id')

    op.drop_table('file_imports')
    op.drop_table('exchange_rates')
    op.drop_table('reminder_rules')
    with op.batch_alter_table('payment_terms', schema=None) as batch_op:
        batch_op.drop_index('uq_payment_terms_default', sqlite_where=sa.text('is_default'), postgresql_where=sa.text('is_default'))

    op.drop_table('payment_terms')
    op.drop_table('mail_templates')
