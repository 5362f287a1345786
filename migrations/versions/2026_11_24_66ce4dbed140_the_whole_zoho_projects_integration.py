"""The whole Zoho Projects integration: undo, brake, hints, outbox, Finance tab, quotes, items, expenses, imports.

Revision ID: 66ce4dbed140
Revises: 7d9b2079ac96
Create Date: 2026-11-24 12:39:00.770669
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '66ce4dbed140'
down_revision = '7d9b2079ac96'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('expense_categories',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expense_categories')),
    sa.UniqueConstraint('name_key', name=op.f('uq_expense_categories_name_key'))
    )
    op.create_table('frame_origins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('added_by', sa.Integer(), nullable=True),
    sa.Column('added_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['users.id'], name=op.f('fk_frame_origins_added_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_frame_origins')),
    sa.UniqueConstraint('origin', name=op.f('uq_frame_origins_origin'))
    )
    op.create_table('expenses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=False),
    sa.Column('vendor', sa.String(), nullable=False),
    sa.Column('vendor_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('title_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('tax_id', sa.Integer(), nullable=True),
    sa.Column('tax_percent', sa.BigInteger(), nullable=False),
    sa.Column('tax_is_included', sa.Boolean(), nullable=False),
    sa.Column('net', sa.BigInteger(), nullable=False),
    sa.Column('tax_amount', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('paid_by_id', sa.Integer(), nullable=True),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('billing_state', sa.String(), nullable=False),
    sa.Column('markup_percent', sa.BigInteger(), nullable=False),
    sa.Column('receipt_file', sa.String(), nullable=False),
    sa.Column('receipt_name', sa.String(), nullable=False),
    sa.Column('receipt_type', sa.String(), nullable=False),
    sa.Column('receipt_size', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("billing_state IN ('not_billable','unbilled','on_draft','invoiced')", name=op.f('ck_expenses_billing_state')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_expenses_amount')),
    sa.ForeignKeyConstraint(['category_id'], ['expense_categories.id'], name=op.f('fk_expenses_category_id_expense_categories'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_expenses_created_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_expenses_customer_id_customers'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['paid_by_id'], ['users.id'], name=op.f('fk_expenses_paid_by_id_users'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_expenses_project_id_projects'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['tax_id'], ['taxes.id'], name=op.f('fk_expenses_tax_id_taxes'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expenses'))
    )
    with op.batch_alter_table('expenses', schema=None) as batch_op:
        batch_op.create_index('ix_expenses_billing_state_date_id', ['billing_state', 'date', 'id'], unique=False, sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))
        batch_op.create_index('ix_expenses_category_id_date_id', ['category_id', 'date', 'id'], unique=False)
        batch_op.create_index('ix_expenses_customer_id_date_id', ['customer_id', 'date', 'id'], unique=False)
        batch_op.create_index('ix_expenses_date_id', ['date', 'id'], unique=False)
        batch_op.create_index('ix_expenses_project_id_date_id', ['project_id', 'date', 'id'], unique=False)
        batch_op.create_index('ix_expenses_title_key_id', ['title_key', 'id'], unique=False)
        batch_op.create_index('ix_expenses_vendor_key_id', ['vendor_key', 'id'], unique=False)

    op.create_table('finance_links',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('reach', sa.String(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.Column('last_used_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("reach IN ('view','edit','send')", name=op.f('ck_finance_links_reach')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_finance_links_made_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_finance_links_project_id_projects'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finance_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_finance_links_token_hash'))
    )
    with op.batch_alter_table('finance_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finance_links_project_id'), ['project_id'], unique=False)

    op.create_table('hints',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('module', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('project_id', sa.String(), nullable=False),
    sa.Column('task_id', sa.String(), nullable=False),
    sa.Column('bug_id', sa.String(), nullable=False),
    sa.Column('event', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('taken_run_id', sa.Integer(), nullable=True),
    sa.Column('settled_at', sa.DateTime(), nullable=True),
    sa.Column('is_given_up', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_hints_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hints'))
    )
    with op.batch_alter_table('hints', schema=None) as batch_op:
        batch_op.create_index('ix_hints_integration_id_id', ['integration_id', 'id'], unique=False)
        batch_op.create_index('ix_hints_taken', ['taken_run_id'], unique=False, sqlite_where=sa.text('taken_run_id IS NOT NULL AND settled_at IS NULL'), postgresql_where=sa.text('taken_run_id IS NOT NULL AND settled_at IS NULL'))
        batch_op.create_index('uq_hints_waiting', ['integration_id', 'module', 'remote_id'], unique=True, sqlite_where=sa.text('taken_run_id IS NULL AND settled_at IS NULL'), postgresql_where=sa.text('taken_run_id IS NULL AND settled_at IS NULL'))

    op.create_table('import_batches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('switched_on', sa.Date(), nullable=True),
    sa.Column('cutoff', sa.Date(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('transactions', sa.JSON(), nullable=False),
    sa.Column('entries', sa.JSON(), nullable=False),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('snapshot', sa.String(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('applied_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("state IN ('planned','applied','dropped')", name=op.f('ck_import_batches_state')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_import_batches_created_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_import_batches_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batches'))
    )
    with op.batch_alter_table('import_batches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_batches_integration_id'), ['integration_id'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('may_be_there', sa.Boolean(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('waits_for', sa.String(), nullable=False),
    sa.Column('claimed_by', sa.String(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(), nullable=True),
    sa.Column('remote_id', sa.String(), nullable=True),
    sa.Column('actor_kind', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'parked', 'sending', 'done', 'failed', 'unsure', 'dropped')", name=op.f('ck_outbox_state')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_outbox_project_id_projects'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('reference', name=op.f('uq_outbox_reference'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_created_at_id', ['created_at', 'id'], unique=False)
        batch_op.create_index('ix_outbox_open', ['not_before', 'id'], unique=False, sqlite_where=sa.text("state IN ('pending','parked','sending','unsure')"), postgresql_where=sa.text("state IN ('pending','parked','sending','unsure')"))
        batch_op.create_index(batch_op.f('ix_outbox_project_id'), ['project_id'], unique=False)
        batch_op.create_index('ix_outbox_subject_subject_id_id', ['subject', 'subject_id', 'id'], unique=False)

    op.create_table('imported_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('scope_id', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batches.id'], name=op.f('fk_imported_entries_batch_id_import_batches'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imported_entries')),
    sa.UniqueConstraint('connector', 'scope_id', 'remote_id', name=op.f('uq_imported_entries_connector'))
    )
    with op.batch_alter_table('imported_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_imported_entries_batch_id'), ['batch_id'], unique=False)

    op.create_table('imported_transactions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('type', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('number', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('balance', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batches.id'], name=op.f('fk_imported_transactions_batch_id_import_batches'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_imported_transactions_customer_id_customers'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_imported_transactions_project_id_projects'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imported_transactions')),
    sa.UniqueConstraint('origin', 'type', 'number', name=op.f('uq_imported_transactions_origin'))
    )
    with op.batch_alter_table('imported_transactions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_imported_transactions_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_imported_transactions_customer_id_date_id', ['customer_id', 'date', 'id'], unique=False)
        batch_op.create_index('ix_imported_transactions_project_id_date_id', ['project_id', 'date', 'id'], unique=False)

    op.create_table('expense_allocations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('expense_id', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('allocated_at', sa.DateTime(), nullable=False),
    sa.Column('released_at', sa.DateTime(), nullable=True),
    sa.Column('release_reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['expense_id'], ['expenses.id'], name=op.f('fk_expense_allocations_expense_id_expenses'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['line_id'], ['transaction_lines.id'], name=op.f('fk_expense_allocations_line_id_transaction_lines'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_expense_allocations_transaction_id_transactions'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expense_allocations'))
    )
    with op.batch_alter_table('expense_allocations', schema=None) as batch_op:
        batch_op.create_index('ix_expense_allocations_expense_id', ['expense_id'], unique=False)
        batch_op.create_index('ix_expense_allocations_line_id', ['line_id'], unique=False)
        batch_op.create_index('ix_expense_allocations_transaction_id_released_at', ['transaction_id', 'released_at'], unique=False)
        batch_op.create_index('uq_expense_allocations_live', ['expense_id'], unique=True, sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))

    op.create_table('item_allocations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('milestone_id', sa.Integer(), nullable=True),
    sa.Column('tasklist', sa.String(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('transaction_id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=True),
    sa.Column('allocated_at', sa.DateTime(), nullable=False),
    sa.Column('released_at', sa.DateTime(), nullable=True),
    sa.Column('release_reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['transaction_lines.id'], name=op.f('fk_item_allocations_line_id_transaction_lines'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestones.id'], name=op.f('fk_item_allocations_milestone_id_milestones'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_item_allocations_project_id_projects'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['task_id'], ['tasks.id'], name=op.f('fk_item_allocations_task_id_tasks'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_item_allocations_transaction_id_transactions'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_allocations'))
    )
    with op.batch_alter_table('item_allocations', schema=None) as batch_op:
        batch_op.create_index('ix_item_allocations_line_id', ['line_id'], unique=False)
        batch_op.create_index('ix_item_allocations_transaction_id_released_at', ['transaction_id', 'released_at'], unique=False)
        batch_op.create_index('uq_item_allocations_milestone_live', ['milestone_id'], unique=True, sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))
        batch_op.create_index('uq_item_allocations_task_live', ['task_id'], unique=True, sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))
        batch_op.create_index('uq_item_allocations_tasklist_live', ['project_id', 'tasklist'], unique=True, sqlite_where=sa.text("released_at IS NULL AND tasklist <> ''"), postgresql_where=sa.text("released_at IS NULL AND tasklist <> ''"))

    with op.batch_alter_table('before_images', schema=None) as batch_op:
        batch_op.add_column(sa.Column('after', sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_index(batch_op.f('ix_before_images_run_id_module'))
        batch_op.create_index('ix_before_images_removed', ['run_id', 'id'], unique=False, sqlite_where=sa.text('after IS NULL'), postgresql_where=sa.text('after IS NULL'))
        batch_op.create_index('ix_before_images_run_id_id', ['run_id', 'id'], unique=False)

    with op.batch_alter_table('integrations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hot_minutes', sa.Integer(), server_default='5', nullable=False))
        batch_op.add_column(sa.Column('hot_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('webhook_secret', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('disabled_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('deleted_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('missing_since', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('is_muted', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('watcher_id', sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_links_kept_out'), sqlite_where=sa.text('reason IS NOT NULL'))
        batch_op.create_index('ix_links_kept_out', ['integration_id', 'module', 'reason', 'is_muted', 'id'], unique=False, sqlite_where=sa.text('reason IS NOT NULL'), postgresql_where=sa.text('reason IS NOT NULL'))
        batch_op.create_index('ix_links_created_run_id_id', ['created_run_id', 'id'], unique=False)
        batch_op.create_index('ix_links_missing', ['integration_id', 'module', 'id'], unique=False, sqlite_where=sa.text('missing_since IS NOT NULL'), postgresql_where=sa.text('missing_since IS NOT NULL'))
        batch_op.create_index('ix_links_watched', ['watcher_id'], unique=False, sqlite_where=sa.text('watcher_id IS NOT NULL'), postgresql_where=sa.text('watcher_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_links_watcher_id_users'), 'users', ['watcher_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('has_free_amounts', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('project_staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('created_run_id', sa.Integer(), nullable=True))

    with op.batch_alter_table('remote_calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('throttled', sa.Integer(), server_default=sa.text('0'), nullable=False))
        batch_op.add_column(sa.Column('waited_seconds', sa.Integer(), server_default=sa.text('0'), nullable=False))
        batch_op.add_column(sa.Column('last_refusal', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('sync_runs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('target', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('undone_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('attempts', sa.Integer(), server_default='0', nullable=False))

    with op.batch_alter_table('transactions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('converted_from_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('answered_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('answered_by', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('answer_comment', sa.String(), server_default='', nullable=False))
        batch_op.create_index('ix_transactions_converted_from_id', ['converted_from_id'], unique=False, sqlite_where=sa.text("converted_from_id IS NOT NULL"), postgresql_where=sa.text("converted_from_id IS NOT NULL"))
        batch_op.create_index('uq_transactions_converted_live', ['converted_from_id'], unique=True, sqlite_where=sa.text("status NOT IN ('void', 'deleted')"), postgresql_where=sa.text("status NOT IN ('void', 'deleted')"))
        batch_op.create_foreign_key(batch_op.f('fk_transactions_converted_from_id_transactions'), 'transactions', ['converted_from_id'], ['id'], ondelete='RESTRICT')

    with op.batch_alter_table('user_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_framed', sa.Boolean(), server_default=sa.false(), nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('user_sessions', schema=None) as batch_op:
        batch_op.drop_column('is_framed')

    with op.batch_alter_table('transactions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_transactions_converted_from_id_transactions'), type_='foreignkey')
        batch_op.drop_index('uq_transactions_converted_live', sqlite_where=sa.text("status NOT IN ('void', 'deleted')"), postgresql_where=sa.text("status NOT IN ('void', 'deleted')"))
        batch_op.drop_index('ix_transactions_converted_from_id', sqlite_where=sa.text("converted_from_id IS NOT NULL"), postgresql_where=sa.text("converted_from_id IS NOT NULL"))
        batch_op.drop_column('answer_comment')
        batch_op.drop_column('answered_by')
        batch_op.drop_column('answered_at')
        batch_op.drop_column('converted_from_id')

    with op.batch_alter_table('sync_runs', schema=None) as batch_op:
        batch_op.drop_column('attempts')
        batch_op.drop_column('undone_by')
        batch_op.drop_column('target')

    with op.batch_alter_table('remote_calls', schema=None) as batch_op:
        batch_op.drop_column('last_refusal')
        batch_op.drop_column('waited_seconds')
        batch_op.drop_column('throttled')

    with op.batch_alter_table('project_staff', schema=None) as batch_op:
        batch_op.drop_column('created_run_id')

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_column('has_free_amounts')

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_links_watcher_id_users'), type_='foreignkey')
        batch_op.drop_index('ix_links_watched', sqlite_where=sa.text('watcher_id IS NOT NULL'), postgresql_where=sa.text('watcher_id IS NOT NULL'))
        batch_op.drop_index('ix_links_missing', sqlite_where=sa.text('missing_since IS NOT NULL'), postgresql_where=sa.text('missing_since IS NOT NULL'))
        batch_op.drop_index('ix_links_created_run_id_id')
        batch_op.drop_index('ix_links_kept_out', sqlite_where=sa.text('reason IS NOT NULL'), postgresql_where=sa.text('reason IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_links_kept_out'), ['integration_id', 'module', 'reason', 'id'], unique=False, sqlite_where=sa.text('reason IS NOT NULL'))
        batch_op.drop_column('watcher_id')
        batch_op.drop_column('is_muted')
        batch_op.drop_column('missing_since')

    with op.batch_alter_table('integrations', schema=None) as batch_op:
        batch_op.drop_column('deleted_at')
        batch_op.drop_column('disabled_at')
        batch_op.drop_column('webhook_secret')
        batch_op.drop_column('hot_at')
        batch_op.drop_column('hot_minutes')

    with op.batch_alter_table('before_images', schema=None) as batch_op:
        batch_op.drop_index('ix_before_images_run_id_id')
        batch_op.drop_index('ix_before_images_removed', sqlite_where=sa.text('after IS NULL'), postgresql_where=sa.text('after IS NULL'))
        batch_op.create_index(batch_op.f('ix_before_images_run_id_module'), ['run_id', 'module'], unique=False)
        batch_op.drop_column('after')

    with op.batch_alter_table('item_allocations', schema=None) as batch_op:
        batch_op.drop_index('uq_item_allocations_tasklist_live', sqlite_where=sa.text("released_at IS NULL AND tasklist <> ''"), postgresql_where=sa.text("released_at IS NULL AND tasklist <> ''"))
        batch_op.drop_index('uq_item_allocations_task_live', sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))
        batch_op.drop_index('uq_item_allocations_milestone_live', sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))
        batch_op.drop_index('ix_item_allocations_transaction_id_released_at')
        batch_op.drop_index('ix_item_allocations_line_id')

    op.drop_table('item_allocations')
    with op.batch_alter_table('expense_allocations', schema=None) as batch_op:
        batch_op.drop_index('uq_expense_allocations_live', sqlite_where=sa.text('released_at IS NULL'), postgresql_where=sa.text('released_at IS NULL'))
        batch_op.drop_index('ix_expense_allocations_transaction_id_released_at')
        batch_op.drop_index('ix_expense_allocations_line_id')
        batch_op.drop_index('ix_expense_allocations_expense_id')

    op.drop_table('expense_allocations')
    with op.batch_alter_table('imported_transactions', schema=None) as batch_op:
        batch_op.drop_index('ix_imported_transactions_project_id_date_id')
        batch_op.drop_index('ix_imported_transactions_customer_id_date_id')
        batch_op.drop_index(batch_op.f('ix_imported_transactions_batch_id'))

    op.drop_table('imported_transactions')
    with op.batch_alter_table('imported_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_imported_entries_batch_id'))

    op.drop_table('imported_entries')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_subject_subject_id_id')
        batch_op.drop_index(batch_op.f('ix_outbox_project_id'))
        batch_op.drop_index('ix_outbox_open', sqlite_where=sa.text("state IN ('pending','parked','sending','unsure')"), postgresql_where=sa.text("state IN ('pending','parked','sending','unsure')"))
        batch_op.drop_index('ix_outbox_created_at_id')

    op.drop_table('outbox')
    with op.batch_alter_table('import_batches', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_batches_integration_id'))

    op.drop_table('import_batches')
    with op.batch_alter_table('hints', schema=None) as batch_op:
        batch_op.drop_index('uq_hints_waiting', sqlite_where=sa.text('taken_run_id IS NULL AND settled_at IS NULL'), postgresql_where=sa.text('taken_run_id IS NULL AND settled_at IS NULL'))
        batch_op.drop_index('ix_hints_taken', sqlite_where=sa.text('taken_run_id IS NOT NULL AND settled_at IS NULL'), postgresql_where=sa.text('taken_run_id IS NOT NULL AND settled_at IS NULL'))
        batch_op.drop_index('ix_hints_integration_id_id')

    op.drop_table('hints')
    with op.batch_alter_table('finance_links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finance_links_project_id'))

    op.drop_table('finance_links')
    with op.batch_alter_table('expenses', schema=None) as batch_op:
        batch_op.drop_index('ix_expenses_vendor_key_id')
        batch_op.drop_index('ix_expenses_title_key_id')
        batch_op.drop_index('ix_expenses_project_id_date_id')
        batch_op.drop_index('ix_expenses_date_id')
        batch_op.drop_index('ix_expenses_customer_id_date_id')
        batch_op.drop_index('ix_expenses_category_id_date_id')
        batch_op.drop_index('ix_expenses_billing_state_date_id', sqlite_where=sa.text('deleted_at IS NULL'), postgresql_where=sa.text('deleted_at IS NULL'))

    op.drop_table('expenses')
    op.drop_table('frame_origins')
    op.drop_table('expense_categories')
