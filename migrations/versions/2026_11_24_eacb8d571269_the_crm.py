"""Zoho CRM: deals, triggers, both ways, conflicts, profiles, channels; two-step sign-in.

Revision ID: eacb8d571269
Revises: 8f47ab9c6e9d
Create Date: 2026-11-24 20:00:07.396748
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = 'eacb8d571269'
down_revision = '8f47ab9c6e9d'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('user_id', 'code_hash', name=op.f('uq_recovery_codes_user_id'))
    )
    op.create_table('second_steps',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('secret', sa.String(), nullable=False),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_second_steps_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_steps'))
    )
    op.create_table('conflicts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('module', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('local_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('base', sa.JSON(), nullable=False),
    sa.Column('here', sa.JSON(), nullable=False),
    sa.Column('there', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('choice', sa.String(), nullable=False),
    sa.Column('chosen_by', sa.String(), nullable=False),
    sa.Column('found_at', sa.DateTime(), nullable=False),
    sa.Column('settled_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("state IN ('open','resolved','gone')", name=op.f('ck_conflicts_state')),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_conflicts_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflicts'))
    )
    with op.batch_alter_table('conflicts', schema=None) as batch_op:
        batch_op.create_index('ix_conflicts_integration_id_state_id', ['integration_id', 'state', 'id'], unique=False)
        batch_op.create_index('uq_conflicts_open', ['integration_id', 'module', 'local_id', 'field'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('match_choices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('module', sa.String(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('local_id', sa.Integer(), nullable=True),
    sa.Column('chosen_by', sa.String(), nullable=False),
    sa.Column('chosen_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_match_choices_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_choices')),
    sa.UniqueConstraint('integration_id', 'module', 'remote_id', name=op.f('uq_match_choices_integration_id'))
    )
    op.create_table('profiles',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('permissions', sa.JSON(), nullable=False),
    sa.Column('sees_summary', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_profiles_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_profiles')),
    sa.UniqueConstraint('integration_id', 'remote_id', name=op.f('uq_profiles_integration_id'))
    )
    op.create_table('pushes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('module', sa.String(), nullable=False),
    sa.Column('local_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('refused_hash', sa.LargeBinary(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('claimed_by', sa.String(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("state IN ('pending','sending','unsure','refused','done')", name=op.f('ck_pushes_state')),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_pushes_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pushes')),
    sa.UniqueConstraint('integration_id', 'module', 'local_id', name=op.f('uq_pushes_integration_id'))
    )
    with op.batch_alter_table('pushes', schema=None) as batch_op:
        batch_op.create_index('ix_pushes_open', ['integration_id', 'id'], unique=False, sqlite_where=sa.text("state <> 'done'"), postgresql_where=sa.text("state <> 'done'"))

    op.create_table('watch_channels',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.String(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=True),
    sa.Column('renewed_at', sa.DateTime(), nullable=True),
    sa.Column('heard_at', sa.DateTime(), nullable=True),
    sa.Column('problem', sa.String(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_watch_channels_integration_id_integrations'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_watch_channels')),
    sa.UniqueConstraint('integration_id', 'channel_id', name=op.f('uq_watch_channels_integration_id'))
    )
    op.create_table('deals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('contact_person_id', sa.Integer(), nullable=True),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('probability', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('closing_date', sa.Date(), nullable=True),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('owner_name', sa.String(), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('needs_look', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('custom', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("outcome IN ('open','won','lost')", name=op.f('ck_deals_outcome')),
    sa.ForeignKeyConstraint(['contact_person_id'], ['contact_persons.id'], name=op.f('fk_deals_contact_person_id_contact_persons'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_deals_customer_id_customers'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deals'))
    )
    with op.batch_alter_table('deals', schema=None) as batch_op:
        batch_op.create_index('ix_deals_closing_date_id', ['closing_date', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_deals_contact_person_id'), ['contact_person_id'], unique=False)
        batch_op.create_index('ix_deals_customer_id_id', ['customer_id', 'id'], unique=False)
        batch_op.create_index('ix_deals_name_id', ['name', 'id'], unique=False)
        batch_op.create_index('ix_deals_unseen', ['id'], unique=False, sqlite_where=sa.text('needs_look'), postgresql_where=sa.text('needs_look'))

    op.create_table('remote_people',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('integration_id', sa.Integer(), nullable=False),
    sa.Column('remote_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('account_id', sa.String(), nullable=False),
    sa.Column('profile_id', sa.Integer(), nullable=True),
    sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.ForeignKeyConstraint(['integration_id'], ['integrations.id'], name=op.f('fk_remote_people_integration_id_integrations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['profile_id'], ['profiles.id'], name=op.f('fk_remote_people_profile_id_profiles'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remote_people')),
    sa.UniqueConstraint('integration_id', 'remote_id', name=op.f('uq_remote_people_integration_id'))
    )
    with op.batch_alter_table('remote_people', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_remote_people_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_remote_people_email'), ['email'], unique=False)

    op.create_table('panel_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['remote_people.id'], name=op.f('fk_panel_sessions_person_id_remote_people'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_panel_sessions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_panel_sessions_token_hash'))
    )
    with op.batch_alter_table('panel_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_panel_sessions_person_id'), ['person_id'], unique=False)

    op.create_table('deal_triggers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deal_id', sa.Integer(), nullable=False),
    sa.Column('trigger', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('transaction_id', sa.Integer(), nullable=True),
    sa.Column('frozen_by', sa.String(), nullable=False),
    sa.Column('frozen_at', sa.DateTime(), nullable=True),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('decided_at', sa.DateTime(), nullable=False),
    sa.Column('fired_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("state IN ('none','managed','frozen')", name=op.f('ck_deal_triggers_state')),
    sa.ForeignKeyConstraint(['deal_id'], ['deals.id'], name=op.f('fk_deal_triggers_deal_id_deals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['transaction_id'], ['transactions.id'], name=op.f('fk_deal_triggers_transaction_id_transactions'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deal_triggers')),
    sa.UniqueConstraint('deal_id', 'trigger', name=op.f('uq_deal_triggers_deal_id'))
    )
    with op.batch_alter_table('deal_triggers', schema=None) as batch_op:
        batch_op.create_index('ix_deal_triggers_decided_at_id', ['decided_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_deal_triggers_transaction_id'), ['transaction_id'], unique=False)

    with op.batch_alter_table('contact_persons', schema=None) as batch_op:
        batch_op.add_column(sa.Column('salutation', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('is_active', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('source', sa.String(), server_default='local', nullable=False))

    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fax', sa.String(), server_default='', nullable=False))

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('base', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('same_as_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('remote_modified_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('asks_second_step', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('deal_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('customer_id', sa.Integer(), nullable=True))
        batch_op.alter_column('project_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_outbox_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_deal_id'), ['deal_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_outbox_customer_id_customers'), 'customers', ['customer_id'], ['id'], ondelete='CASCADE')
        batch_op.create_foreign_key(batch_op.f('fk_outbox_deal_id_deals'), 'deals', ['deal_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('sync_run_modules', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pushed', sa.Integer(), server_default=sa.text('0'), nullable=False))

    with op.batch_alter_table('transactions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('deal_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('deal_linked_by', sa.String(), server_default='', nullable=False))
        batch_op.create_index('ix_transactions_deal_id', ['deal_id'], unique=False, sqlite_where=sa.text('deal_id IS NOT NULL'), postgresql_where=sa.text('deal_id IS NOT NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_transactions_deal_id_deals'), 'deals', ['deal_id'], ['id'], ondelete='SET NULL')



def downgrade() -> None:
    with op.batch_alter_table('transactions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_transactions_deal_id_deals'), type_='foreignkey')
        batch_op.drop_index('ix_transactions_deal_id', sqlite_where=sa.text('deal_id IS NOT NULL'), postgresql_where=sa.text('deal_id IS NOT NULL'))
        batch_op.drop_column('deal_linked_by')
        batch_op.drop_column('deal_id')

    with op.batch_alter_table('sync_run_modules', schema=None) as batch_op:
        batch_op.drop_column('pushed')

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_outbox_deal_id_deals'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_outbox_customer_id_customers'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_outbox_deal_id'))
        batch_op.drop_index(batch_op.f('ix_outbox_customer_id'))
        batch_op.alter_column('project_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('customer_id')
        batch_op.drop_column('deal_id')

    with op.batch_alter_table('organisations', schema=None) as batch_op:
        batch_op.drop_column('asks_second_step')

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.drop_column('remote_modified_at')
        batch_op.drop_column('same_as_id')
        batch_op.drop_column('base')

    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.drop_column('fax')

    with op.batch_alter_table('contact_persons', schema=None) as batch_op:
        batch_op.drop_column('source')
        batch_op.drop_column('is_active')
        batch_op.drop_column('salutation')

    with op.batch_alter_table('deal_triggers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deal_triggers_transaction_id'))
        batch_op.drop_index('ix_deal_triggers_decided_at_id')

    op.drop_table('deal_triggers')
    with op.batch_alter_table('panel_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_panel_sessions_person_id'))

    op.drop_table('panel_sessions')
    with op.batch_alter_table('remote_people', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_remote_people_email'))
        batch_op.drop_index(batch_op.f('ix_remote_people_account_id'))

    op.drop_table('remote_people')
    with op.batch_alter_table('deals', schema=None) as batch_op:
        batch_op.drop_index('ix_deals_unseen', sqlite_where=sa.text('needs_look'), postgresql_where=sa.text('needs_look'))
        batch_op.drop_index('ix_deals_name_id')
        batch_op.drop_index('ix_deals_customer_id_id')
        batch_op.drop_index(batch_op.f('ix_deals_contact_person_id'))
        batch_op.drop_index('ix_deals_closing_date_id')

    op.drop_table('deals')
    op.drop_table('watch_channels')
    with op.batch_alter_table('pushes', schema=None) as batch_op:
        batch_op.drop_index('ix_pushes_open', sqlite_where=sa.text("state <> 'done'"), postgresql_where=sa.text("state <> 'done'"))

    op.drop_table('pushes')
    op.drop_table('profiles')
    op.drop_table('match_choices')
    with op.batch_alter_table('conflicts', schema=None) as batch_op:
        batch_op.drop_index('uq_conflicts_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_conflicts_integration_id_state_id')

    op.drop_table('conflicts')
    op.drop_table('second_steps')
    op.drop_table('recovery_codes')
