"""Connecting, seen from the verbs: what is stored, what leaves, what is refused."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func

from connectors import CONNECTORS
from connectors.base import FieldType, RemoteField, Scope, Tokens
from extensions import db, encrypt, secret_box, utcnow
from models import Credential, CustomField, Integration, SyncRun
from models.audit import Actor
from sync import connection, credentials
from sync.connection import CallbackAnswer, ConnectRequest, SetupRefused
from sync.credentials import Registration, Secrets, TokenKeeper
from sync.modules import MODULES
from tests.factories import make_integration

OLGA = Actor("person", "Olga Marsh")
KEY = "zoho_projects"


def asked_of(standin, **values):
    client = standin.world.accounts.default_client
    plain = {
        "data_centre": "custom", "accounts_url": standin.url, "api_url": standin.url,
        "client_id": client.client_id, "client_secret": client.secret,
    }  # fmt: skip
    return ConnectRequest(**(plain | values))


def self_client_code(standin):
    return standin.app.test_client().post("/_standin/self-client-code", json={}).get_json()["code"]


def authorised(standin):
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()
    connection.use_self_client_code(integration, self_client_code(standin), OLGA)
    db.session.commit()
    return integration


def secrets_of(integration):
    db.session.rollback()
    return credentials.read(integration)


def live_token(standin):
    world = standin.world
    return [token for token in world.accounts.refresh_tokens if token != world.accounts.default_refresh_token]


# ── Where it may lead ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accounts_url", "field"),
    [("http://10.0.0.7", "accounts_url"), ("ftp://example.com", "accounts_url"), ("", "accounts_url"),
     ("https://169.254.169.254", "accounts_url"), ("https://example.com?x=1", "accounts_url")],
)  # fmt: skip
def test_an_address_of_ones_own_must_be_https_and_public(organisation, standin, app, accounts_url, field):
    organisation.allow_private_remotes = False
    app.config["CROSSBILL"] = replace(app.config["CROSSBILL"], allow_private_remotes=False)

    with pytest.raises(SetupRefused) as refused:
        connection.begin(KEY, asked_of(standin, accounts_url=accounts_url, api_url="https://example.com"), OLGA)

    assert refused.value.field == field
    assert db.session.scalar(db.select(func.count(Integration.id))) == 0


def test_a_private_address_works_where_the_owner_allows_it(organisation, standin):
    integration, _stale = connection.begin(KEY, asked_of(standin, accounts_url="http://10.0.0.7/"), OLGA)

    assert integration.accounts_url == "http://10.0.0.7"


def test_an_address_that_is_never_a_server_is_refused_even_where_private_ones_are_allowed(organisation, standin):
    with pytest.raises(SetupRefused):
        connection.begin(KEY, asked_of(standin, api_url="http://169.254.169.254"), OLGA)


def test_a_data_centre_brings_its_addresses(organisation, standin):
    integration, _stale = connection.begin(KEY, asked_of(standin, data_centre="eu", accounts_url="x"), OLGA)

    assert integration.accounts_url == "https://accounts.zoho.eu"


# ── One live integration ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("G-05")
def test_a_second_portal_is_refused_while_one_is_connected(organisation, standin, db_session):
    make_integration()

    with pytest.raises(SetupRefused, match="already connected"):
        connection.begin(KEY, asked_of(standin), OLGA)

    assert db_session.scalar(db.select(func.count(Integration.id))) == 1


@pytest.mark.both_databases
@pytest.mark.req("G-05")
def test_the_database_itself_allows_one_live_integration_per_connector(organisation, standin, monkeypatch):
    make_integration(state="none", connected_at=None)
    monkeypatch.setattr("sync.connection.setup.live_integration", lambda key: None)

    with pytest.raises(SetupRefused, match="already connected"):
        connection.begin(KEY, asked_of(standin), OLGA)


def test_a_set_up_that_was_left_is_gone_on_with(organisation, standin, db_session):
    first, _stale = connection.begin(KEY, asked_of(standin), OLGA)

    second, _stale = connection.begin(KEY, asked_of(standin, client_id="1000.OTHER"), OLGA)

    assert second is first
    assert credentials.read(second).registration.client_id == "1000.OTHER"


def test_going_back_without_a_change_keeps_the_access(organisation, standin):
    integration = authorised(standin)

    again, stale = connection.begin(KEY, asked_of(standin, client_id="", client_secret=""), OLGA)

    assert stale is None
    assert again.state == "authorised"
    assert secrets_of(integration).refresh_token


def test_another_registration_ends_the_access_of_the_former(organisation, standin):
    integration = authorised(standin)

    again, stale = connection.begin(KEY, asked_of(standin, client_id="1000.OTHER"), OLGA)
    db.session.commit()

    assert again.state == "none"
    assert connection.forget(stale)
    assert live_token(standin) == []
    assert secrets_of(integration).refresh_token == ""


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_credentials_lie_encrypted_in_the_database(organisation, standin, db_session):
    integration = authorised(standin)

    stored = db_session.scalar(db.select(Credential.secret))
    secrets = secrets_of(integration)

    for secret in (secrets.registration.client_secret, secrets.refresh_token, secrets.access_token):
        assert secret
        assert secret not in stored
        assert secret not in repr(secrets)


def test_a_renewed_token_is_kept_at_once(organisation, standin):
    integration = authorised(standin)
    standin.world.accounts.expire_access_tokens()
    before = secrets_of(integration)

    connection.scopes(integration)

    after = secrets_of(integration)
    assert after.access_token != before.access_token
    assert after.refresh_token == before.refresh_token


def test_a_kept_token_is_used_again_instead_of_renewing(organisation, standin):
    integration = authorised(standin)

    for _again in range(3):
        connection.scopes(integration)

    asked = [row for row in standin.world.requests if "/oauth/v2/token" in json.dumps(row, default=str)]
    assert len(asked) == 1  # the code was traded, nothing was renewed


def test_a_renewal_does_not_undo_an_authorisation_that_came_in_between(organisation, db_session):
    integration = make_integration()
    credentials.write(integration, Secrets(Registration("id", "secret"), refresh_token="old"))
    db_session.commit()
    keeper = TokenKeeper(integration.id, db_session.get(Credential, integration.id).secret)
    credentials.write(integration, Secrets(Registration("id", "secret"), refresh_token="new"))
    db_session.commit()

    keeper.save(Tokens("old", "renewed", utcnow() + timedelta(hours=1)))

    assert secrets_of(integration).refresh_token == "new"


def test_a_renewal_does_not_count_as_setting_the_credentials(organisation, db_session):
    integration = make_integration()
    credentials.write(integration, Secrets(Registration("id", "secret"), refresh_token="old"))
    row = db_session.get(Credential, integration.id)
    row.updated_at = utcnow() - timedelta(days=9)
    db_session.commit()
    was = connection.stored_at(integration)
    keeper = TokenKeeper(integration.id, row.secret)
    db_session.rollback()

    keeper.save(Tokens("old", "renewed", None))

    db_session.rollback()
    assert connection.stored_at(integration) == was
    assert secrets_of(integration).access_token == "renewed"


def test_tokens_can_be_saved_from_the_thread_that_reads_ahead(organisation, db_session):
    integration = make_integration()
    credentials.write(integration, Secrets(Registration("id", "secret"), refresh_token="kept"))
    db_session.commit()
    keeper = TokenKeeper(integration.id, db_session.get(Credential, integration.id).secret)
    db_session.rollback()

    worker = threading.Thread(target=keeper.save, args=(Tokens("kept", "renewed", None),))
    worker.start()
    worker.join()

    assert secrets_of(integration).access_token == "renewed"


def test_what_one_key_wrote_is_read_after_the_keys_were_rotated(organisation, app, db_session):
    from cryptography.fernet import Fernet

    token = encrypt("word")
    old = app.config["CROSSBILL"]
    app.config["CROSSBILL"] = replace(old, encryption_keys=(Fernet.generate_key().decode(), *old.encryption_keys))

    assert secret_box().decrypt(token.encode()) == b"word"


def test_no_transaction_is_open_while_the_remote_thinks(organisation, standin, monkeypatch):
    integration = authorised(standin)
    seen = []
    real = CONNECTORS[KEY].scopes
    monkeypatch.setattr(
        CONNECTORS[KEY], "scopes", lambda self: (seen.append(db.session().in_transaction()), real(self))[1]
    )

    connection.scopes(integration)

    assert seen == [False]


# ── The answer of the consent page ───────────────────────────────────────────────────────────────────────────────


def test_an_unknown_accounts_server_gets_neither_code_nor_secret(organisation, standin):
    integration, _stale = connection.begin(KEY, asked_of(standin, data_centre="us"), OLGA)
    db.session.commit()

    with pytest.raises(SetupRefused, match="not known"):
        connection.finish_authorisation(integration, CallbackAnswer("code", "https://evil.example", "x"), OLGA)

    assert standin.world.request_count == 0
    assert integration.state == "none"


def test_another_data_centre_takes_the_connection_with_it(organisation, standin, monkeypatch):
    integration, _stale = connection.begin(KEY, asked_of(standin, data_centre="us"), OLGA)
    db.session.commit()
    asked = []
    monkeypatch.setattr(
        CONNECTORS[KEY], "exchange_code",
        classmethod(lambda cls, endpoint, *rest, **more: (asked.append(endpoint), Tokens("refresh"))[1]),
    )  # fmt: skip

    connection.finish_authorisation(integration, CallbackAnswer("code", "https://accounts.zoho.eu/", "x"), OLGA)

    assert asked[0].accounts_url == "https://accounts.zoho.eu"
    assert (integration.data_centre, integration.api_url) == ("eu", "https://projectsapi.zoho.eu")
    assert integration.state == "authorised"


def test_a_custom_address_is_never_left_for_a_data_centre(organisation, standin):
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()

    with pytest.raises(SetupRefused, match="not known"):
        connection.finish_authorisation(integration, CallbackAnswer("code", "https://accounts.zoho.com", "x"), OLGA)


def test_a_wrong_code_is_told_and_changes_nothing(organisation, standin):
    integration, _stale = connection.begin(KEY, asked_of(standin), OLGA)
    db.session.commit()

    with pytest.raises(SetupRefused):
        connection.use_self_client_code(integration, "1000.wrong", OLGA)

    assert integration.state == "none"
    assert secrets_of(integration).refresh_token == ""


# ── The portal ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("P-02")
def test_a_portal_of_somebody_else_cannot_be_chosen(organisation, standin):
    integration = authorised(standin)
    other = next(scope for scope in connection.scopes(integration) if not scope.is_owned)

    with pytest.raises(SetupRefused) as refused:
        connection.choose_scope(integration, other.id, OLGA)

    assert "Only its owner" in str(refused.value)
    assert integration.scope_id == ""


@pytest.mark.req("P-02")
def test_the_owned_portal_brings_its_name_and_zone(organisation, standin):
    integration = authorised(standin)

    connection.choose_scope(integration, str(standin.world.main.id), OLGA)

    assert (integration.scope_name, integration.scope_time_zone) == ("Brightline Studio", "America/New_York")


# ── New credentials ──────────────────────────────────────────────────────────────────────────────────────────────


def connected(standin):
    integration = authorised(standin)
    connection.choose_scope(integration, str(standin.world.main.id), OLGA)
    connection.save_settings(integration, {connection.CHOSEN: True}, OLGA)
    connection.save_and_sync(integration, OLGA)
    db.session.commit()
    return integration


@pytest.mark.req("P-36")
def test_a_new_access_replaces_the_old_one_which_is_withdrawn(organisation, standin):
    integration = connected(standin)
    old = secrets_of(integration).refresh_token
    integration.state, integration.problem = "needs_reauth", "The access was revoked."
    db.session.commit()

    former = connection.use_self_client_code(integration, self_client_code(standin), OLGA)
    db.session.commit()
    withdrawn = connection.forget(former)

    new = secrets_of(integration).refresh_token
    assert withdrawn
    assert old not in standin.world.accounts.refresh_tokens
    assert new in standin.world.accounts.refresh_tokens
    assert (integration.state, integration.problem) == ("active", "")
    with connection.open_connector(integration) as connector:
        connector.verify()


@pytest.mark.req("P-36")
def test_new_client_credentials_wait_until_they_have_worked(organisation, standin):
    integration = connected(standin)
    connection.update_credentials(integration, ConnectRequest("custom", "1000.NEW", "new secret"), OLGA)
    db.session.commit()

    with pytest.raises(SetupRefused):
        connection.use_self_client_code(integration, self_client_code(standin), OLGA)

    db.session.rollback()
    with connection.open_connector(integration) as connector:
        connector.verify()
    assert secrets_of(integration).candidate.client_id == "1000.NEW"


@pytest.mark.req("P-36")
def test_an_account_without_the_connected_portal_is_refused_and_its_access_given_back(
    organisation, standin, monkeypatch
):
    integration = connected(standin)
    old = secrets_of(integration).refresh_token
    monkeypatch.setattr(CONNECTORS[KEY], "scopes", lambda self: [Scope("1", "Another", "UTC")])

    with pytest.raises(SetupRefused, match="does not own the portal"):
        connection.use_self_client_code(integration, self_client_code(standin), OLGA)

    assert live_token(standin) == [old]
    assert secrets_of(integration).refresh_token == old


# ── Asking for runs ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
@pytest.mark.req("P-33", "R-16")
def test_asking_twice_for_a_sync_queues_one(organisation, db_session):
    integration = make_integration()

    first, is_new = connection.enqueue(integration, "quick", "instant", OLGA)
    second, is_new_too = connection.enqueue(integration, "quick", "instant", OLGA)

    assert (is_new, is_new_too) == (True, False)
    assert first is second
    assert db_session.scalar(db.select(func.count(SyncRun.id))) == 1


@pytest.mark.both_databases
@pytest.mark.req("P-33", "R-16")
def test_whoever_loses_the_race_for_a_run_follows_the_winner(organisation, db_session, monkeypatch):
    integration = make_integration()
    winner, _is_new = connection.enqueue(integration, "quick", "instant", OLGA)
    looked = iter([None, winner])
    monkeypatch.setattr("sync.connection.runs.live_run", lambda integration: next(looked))

    run, is_new = connection.enqueue(integration, "quick", "instant", OLGA)

    assert (run, is_new) == (winner, False)


@pytest.mark.parametrize("state", ["none", "authorised", "paused", "disabled", "needs_reauth"])
def test_only_an_active_integration_is_synced(organisation, db_session, state):
    integration = make_integration(state=state)

    with pytest.raises(SetupRefused):
        connection.enqueue(integration, "quick", "instant", OLGA)


@pytest.mark.req("P-25")
def test_save_and_sync_makes_it_active_and_queues_the_first_run(organisation, standin, db_session):
    integration = connected(standin)

    run = db_session.scalar(db.select(SyncRun))

    assert (run.trigger, run.kind, run.state) == ("setup", "full", "queued")
    assert integration.state == "active"
    assert integration.connected_at is not None


def test_a_live_preview_makes_way_for_the_first_sync(organisation, standin, db_session):
    integration = authorised(standin)
    connection.choose_scope(integration, str(standin.world.main.id), OLGA)
    connection.save_settings(integration, {connection.CHOSEN: True}, OLGA)
    preview, _is_new = connection.enqueue(integration, "preview", "setup", OLGA)

    run = connection.save_and_sync(integration, OLGA)

    assert preview.state == "stopped"
    assert run.kind == "full"


def test_a_set_up_that_is_not_finished_is_not_saved(organisation, standin):
    integration = authorised(standin)

    with pytest.raises(SetupRefused) as refused:
        connection.save_and_sync(integration, OLGA)

    assert refused.value.field == "portal"


def test_dropping_a_set_up_forgets_it_here_and_there(organisation, standin, db_session):
    integration = authorised(standin)

    stale = connection.delete_unfinished(integration, OLGA)
    db_session.commit()

    assert connection.forget(stale)
    assert live_token(standin) == []
    assert db_session.scalar(db.select(func.count(Credential.integration_id))) == 0


def test_a_connection_in_use_is_not_dropped_like_an_unfinished_one(organisation, db_session):
    with pytest.raises(SetupRefused):
        connection.delete_unfinished(make_integration(), OLGA)


# ── Field maps ───────────────────────────────────────────────────────────────────────────────────────────────────


def module_map(remote, own):
    from sync.connection.fields import RemoteShape
    from sync.connection.fields import module_map as mapped
    from sync.settings import SyncSettings

    return mapped(MODULES["projects"], RemoteShape(remote, ()), own, SyncSettings())


@pytest.mark.req("P-24")
@pytest.mark.parametrize("theirs", list(FieldType))
@pytest.mark.parametrize("ours", list(FieldType))
def test_custom_fields_go_together_only_when_their_types_are_equal(organisation, db_session, theirs, ours):
    own = CustomField(area="projects", key="mine", label="Mine", type=ours.value)
    db_session.add(own)
    db_session.flush()
    maps = [module_map([RemoteField("cf_x", "X", theirs, is_custom=True)], [own])]

    found, wrong = connection.read_choices(maps, {"projects.cf_x": "mine"})

    if theirs == ours:
        assert wrong == {}
        assert found["projects"]["custom.mine"] == "cf_x"
    else:
        assert "different types" in wrong["projects.cf_x"]


@pytest.mark.req("P-24")
def test_a_field_is_created_with_the_type_of_the_remote_one(organisation, db_session):
    maps = [module_map([RemoteField("cf_po", "PO number", FieldType.TEXT, is_custom=True)], [])]

    found, wrong = connection.read_choices(maps, {"projects.cf_po": connection.CREATE})

    field = db_session.scalar(db.select(CustomField))
    assert wrong == {}
    assert (field.area, field.label, field.type, field.key) == ("projects", "PO number", "text", "po_number")
    assert found["projects"]["custom.po_number"] == "cf_po"


@pytest.mark.req("P-24")
def test_one_field_here_is_not_fed_by_two(organisation, db_session):
    own = CustomField(area="projects", key="mine", label="Mine", type="text")
    db_session.add(own)
    db_session.flush()
    remote = [RemoteField(key, key, FieldType.TEXT, is_custom=True) for key in ("cf_a", "cf_b")]

    _found, wrong = connection.read_choices(
        [module_map(remote, [own])], {"projects.cf_a": "mine", "projects.cf_b": "mine"}
    )

    assert list(wrong) == ["projects.cf_b"]


@pytest.mark.req("P-23")
def test_a_saved_field_map_keeps_all_standard_fields(organisation, db_session):
    found, _wrong = connection.read_choices([module_map([], [])], {})

    assert found["projects"] == {field.key: field.default for field in MODULES["projects"].fields if field.default}
