"""Keys in a PKCS#11 token, with SoftHSM: made there, used there, rotated there; sessions come and go."""

from concurrent.futures import ThreadPoolExecutor

import pkcs11
import pytest

from label_service.document import validate
from label_service.errors import Conflict, InvalidKey, Refused
from label_service.issuance.hsm import Token, _generate
from label_service.issuance.keyring import ONLINE_USES, Keyring
from label_service.issuance.keys import create_key, load_key
from label_service.issuance.keystores import open_store
from label_service.issuance.keyuri import read_token_uri
from label_service.issuance.opening import open_scheme
from label_service.issuance.setup import Identity, initialise, timestamp
from label_service.label.credential import read_label
from label_service.store.unavailable import StoreUnavailable
from label_service.trust.keys import verify_signature
from label_service.trust.trust_list import Accreditation, sign_delegation
from label_service.verify import inspect_bundle
from tests import databases
from tests.softhsm import MODULE, PIN, lose_sessions, new_token, refresh
from tests.stage import ACCREDITATION, AUDITOR, BODY, NOON, ORIGIN, Clock, Stage


@pytest.fixture
def soft(tmp_path):
    """Give an empty token."""
    return new_token(tmp_path)


@pytest.fixture
def token(soft):
    """Give it opened as the service opens it."""
    return Token(read_token_uri(soft.uri))


def test_a_key_is_made_and_signs_in_the_token(token):
    """Its signatures are plain Ed25519, and it is there for the next process."""
    made = token.create("label-1")
    assert verify_signature(made.public_key, made.sign(b"message"), b"message")
    assert token.names() == {"label-1"}
    assert token.open("label-1").public_key == made.public_key


def test_a_key_cannot_be_taken_out(token, soft):
    """The token itself refuses to show the private half."""
    token.create("label-1")
    session = pkcs11.lib(str(MODULE)).get_token(token_label=soft.name).open()
    private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="label-1")
    with pytest.raises(pkcs11.AttributeSensitive):
        private[pkcs11.Attribute.VALUE]


def test_a_key_is_never_made_twice(token):
    """A name that is taken stays with its key."""
    made = token.create("label-1")
    with pytest.raises(Conflict, match="already"):
        token.create("label-1")
    assert token.open("label-1").public_key == made.public_key


def test_a_lost_session_is_opened_again(token):
    """A token that was pulled and put back signs again without anybody's help."""
    signer = token.create("log-1")
    lose_sessions()
    assert verify_signature(signer.public_key, signer.sign(b"after"), b"after")
    lose_sessions()
    assert token.names() == {"log-1"}


def test_a_library_that_was_started_anew_is_logged_in_again(token):
    """What the library forgot, login and handles, is fetched again."""
    signer = token.create("log-1")
    refresh()
    assert verify_signature(signer.public_key, signer.sign(b"after"), b"after")


def test_a_wrong_pin_is_tried_once(soft):
    """The message names the file, not the PIN; the token is not brought to lock itself, and a corrected file works."""
    soft.pin_file.write_text("9999\n")
    token = Token(read_token_uri(soft.uri))
    for _ in range(20):
        with pytest.raises(InvalidKey, match="refuses the PIN in pin") as refused:
            token.names()
        assert "9999" not in str(refused.value.as_problem())
    soft.pin_file.write_text(PIN)
    assert token.names() == frozenset()


def test_a_pin_that_others_can_read_is_not_used(soft):
    """The file of the PIN is as private as a key."""
    soft.pin_file.chmod(0o644)
    with pytest.raises(InvalidKey, match="open to others"):
        Token(read_token_uri(soft.uri)).names()


def test_a_token_that_is_not_there_is_named(soft):
    """The service says which token it looked for."""
    place = read_token_uri(soft.uri)
    with pytest.raises(StoreUnavailable, match="'elsewhere'"):
        Token(place._replace(token="elsewhere")).names()
    with pytest.raises(StoreUnavailable):
        Token(place._replace(module="/nowhere/lib.so")).names()


def test_a_missing_or_ambiguous_key_is_refused(token, soft):
    """One name means one key."""
    with pytest.raises(InvalidKey, match="no Ed25519 key label-7"):
        token.open("label-7")
    other = Token(read_token_uri(soft.uri))
    for _ in range(2):
        other._answering(lambda session: _generate(session, "label-1"))
    with pytest.raises(InvalidKey, match="more than one"):
        token.open("label-1")


def test_a_key_that_was_exchanged_signs_nothing(token, soft):
    """Whoever has the PIN and puts another key under the name does not sign with it."""
    signer = token.create("label-1")
    session = pkcs11.lib(str(MODULE)).get_token(token_label=soft.name).open(rw=True)
    for found in list(session.get_objects({pkcs11.Attribute.LABEL: "label-1"})):
        found.destroy()
    Token(read_token_uri(soft.uri)).create("label-1")
    lose_sessions()
    with pytest.raises(InvalidKey, match="another than it was"):
        signer.sign(b"message")


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("awskms:alias/label", "not the address of a token"),
        ("pkcs11:token=a?module-path=/x&pin-value=1234", "holds a PIN"),
        ("pkcs11:token=a?module-path=/x", "needs token, module-path and pin-source"),
        ("pkcs11:token=a;serial=1?module-path=/x&pin-source=/y", "needs token"),
        ("pkcs11:token=a;token=b?module-path=/x&pin-source=/y", "needs token"),
        ("pkcs11:token=?module-path=/x&pin-source=/y", "needs token"),
    ],
)
def test_an_address_is_understood_or_refused(uri, said):
    """What is not the address of a token is refused without showing it."""
    with pytest.raises(Refused, match=said) as refused:
        read_token_uri(uri)
    assert "1234" not in str(refused.value.as_problem())


def test_an_address_is_read_as_other_programs_write_it():
    """Percent-encoding and `file:` are those of RFC 7512."""
    place = read_token_uri("pkcs11:token=My%20scheme?pin-source=file:/run/pin&module-path=/usr/lib/x.so")
    assert (place.token, place.module, str(place.pin_source)) == ("My scheme", "/usr/lib/x.so", "/run/pin")


def found(folder, store, clock=None):
    """Found an installation whose keys are in a token, with an auditor."""
    clock = clock or Clock()
    identity = Identity(ORIGIN, "Test scheme", is_demo=True)
    initialise(folder / "keys", folder / "root", identity, clock(), store)
    return opened(folder, store, identity, clock)


def opened(folder, store, identity, clock):
    """Open it."""
    data = folder / "data"
    parts = open_scheme(identity, folder / "keys", data, databases.url_of(folder), clock, store=store)
    return Stage(folder, *parts, clock)


def with_auditor(stage):
    """Put the auditor on the list."""
    key = create_key(stage.folder / "auditor" / "auditor.pem")
    record = validate(Accreditation, ACCREDITATION)
    stage.scheme.register.add_auditor(AUDITOR, "Test verification body", BODY, record, key.public_key)
    return stage


def test_a_scheme_runs_with_its_keys_in_a_token(soft, tmp_path):
    """Labels, states, log and lists are signed there, keys rotate there, and every verifier agrees."""
    store = open_store(soft.uri)
    stage = with_auditor(found(tmp_path / "scheme", store))
    names = {"trust-list-1", *(f"{use}-1" for use in ONLINE_USES)}
    assert store.names() == names
    assert not list((tmp_path / "scheme" / "keys").glob("*.pem"))
    first = stage.issue("hook")
    register = stage.scheme.register
    for use in ONLINE_USES:
        register.rotate(use)
    name, public = register.new_list_key()
    root = load_key(tmp_path / "scheme" / "root" / "root.pem")
    days = (timestamp(NOON), timestamp(NOON.replace(year=2027)))
    register.install_delegation(sign_delegation(root, public, *days))
    assert name == "trust-list-2"
    second = stage.issue("plate")
    assert read_label(second.token)[0].kid.endswith("#label-2")
    for label in (first, second):
        assert inspect_bundle(stage.scheme.labels.bundle(label.id), stage.roots, stage.at).exit_code == 0
    stage.scheme.close()
    again = opened(tmp_path / "scheme", open_store(soft.uri), stage.scheme.identity, stage.clock)
    assert again.issue("box").id
    assert store.names() == names | {"trust-list-2", *(f"{use}-2" for use in ONLINE_USES)}
    again.scheme.close()


def test_keys_move_into_a_token_by_rotation(own_stage, tmp_path):
    """An installation that began with files signs on with them, and each rotation makes the next key in the token."""
    soft = new_token(tmp_path)
    own_stage.scheme.close()
    moved = opened(own_stage.folder, open_store(soft.uri), own_stage.scheme.identity, own_stage.clock)
    assert read_label(moved.issue("hook", salt="8" * 32).token)[0].kid.endswith("#label-1")
    moved.scheme.register.rotate("label")
    label = moved.issue("hook", salt="9" * 32)
    assert read_label(label.token)[0].kid.endswith("#label-2")
    assert open_store(soft.uri).names() == {"label-2"}
    assert inspect_bundle(moved.scheme.labels.bundle(label.id), moved.roots, moved.at).exit_code == 0
    moved.scheme.close()


def test_a_key_in_the_token_is_held_against_the_trust_list(own_stage, tmp_path):
    """A key of the right name that the list does not name signs nothing."""
    soft = new_token(tmp_path)
    Token(read_token_uri(soft.uri)).create("label-1")
    keyring = Keyring(own_stage.folder / "keys", open_store(soft.uri))
    with pytest.raises(InvalidKey, match="another key than the trust list names"):
        keyring.signing(own_stage.scheme.register.current(), own_stage.scheme.identity.did, "label")


def test_the_commands_make_list_and_rotate_keys_in_a_token(call, tmp_path):
    """`init`, `keys list` and `keys rotate` do with a token what they do with files."""
    soft = new_token(tmp_path)
    settings = {
        "LABEL_SERVICE_DATA": tmp_path / "data",
        "LABEL_SERVICE_MODE": "demo",
        "LABEL_SERVICE_KEY_STORE": soft.uri,
    }
    begun = call("init", "--root", tmp_path / "root", **settings)
    assert begun.code == 0, begun.err
    rotated = call("keys", "rotate", "label", **settings)
    assert "#label-2 signs from now on" in rotated.out
    shown = call("keys", "list", **settings)
    assert "#label-2  label  active" in shown.out
    assert PIN not in begun.out + begun.err + rotated.out + shown.out
    soft.pin_file.write_text("0000")
    refresh()  # the next command is a new process for the token
    wrong = call("keys", "list", **settings)
    assert wrong.code == 2
    assert "refuses the PIN" in wrong.err


def test_passphrases_come_from_files_of_the_service_manager(tmp_path, monkeypatch):
    """A credential of systemd, which shows as readable by its group, opens keys; the same file elsewhere does not."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    phrase = credentials / "key-passphrase"
    phrase.write_text("correct horse\n")
    phrase.chmod(0o440)
    monkeypatch.setenv("LABEL_SERVICE_KEY_PASSPHRASE_FILE", str(phrase))
    with pytest.raises(InvalidKey, match="open to others"):
        create_key(tmp_path / "keys" / "label-1.pem")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    made = create_key(tmp_path / "keys" / "label-1.pem")
    assert b"ENCRYPTED" in (tmp_path / "keys" / "label-1.pem").read_bytes()
    assert load_key(tmp_path / "keys" / "label-1.pem").public_key == made.public_key
    monkeypatch.setenv("LABEL_SERVICE_KEY_PASSPHRASE", "correct horse")
    with pytest.raises(InvalidKey, match="both set"):
        load_key(tmp_path / "keys" / "label-1.pem")


def test_threads_take_turns_at_the_token(token):
    """Many signatures at once are all right, also when the session is lost among them."""
    signer = token.create("label-1")

    def sign(number):
        if number == 40:
            lose_sessions()
        message = str(number).encode()
        return verify_signature(signer.public_key, signer.sign(message), message)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(sign, range(80)))
