"""Use cases of an operator's identity: made and shut out by operations, signed in by password and one-time code.

There is no way to become an operator but the command `infra.ops.operator`: no sign-up, no invitation, no reset by mail. The
second factor is set up when the operator is made, and a login without one is refused. Unknown e-mails, wrong passwords and
operators who were shut out are answered alike, and as fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Conflict, NotFound, Unauthenticated
from chalicelib.operators.looking import backstage
from chalicelib.operators.model import OPERATOR, Operator, shut_out
from chalicelib.runtime import identity, operating, secrets, sessions
from chalicelib.runtime.identity import CodeWanted
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import attempts, directory, tickets
from chalicelib.tenants.checks import check_locale, check_name, normal_email
from chalicelib.tenants.signing_in import even_out

CODE = "operator_code"
BY_EMAIL = attempts.Limit("operator_email", 5, 900)
BY_ADDRESS = attempts.Limit("operator_address", 30, 900)
BY_COMMAND = Actor("operator", "operations", "infra.ops")
"""Who makes operators and shuts them out, in the log: whoever may run commands on the deployment."""
_NOBODY = "lgn_0000000000000000000000000P"


@dataclass(frozen=True, slots=True)
class Entered:
    """An operator's session has begun."""

    token: str
    csrf_token: str
    operator: Operator


def _operator_of(ctx: Context, email: str) -> Operator | None:
    """The operator with this e-mail who may come in."""
    here = backstage(ctx)
    found = read.guards(here, "operator_email", [here.blind(email)])
    holder = next(iter(found.values()), None)
    operator = read.find(here, OPERATOR, str(holder["id"])) if holder else None
    return operator if operator is not None and operator.is_active else None


def _apart(ctx: Context, operator: Operator | None, name: str) -> Context:
    actor = Actor("operator", operator.id, operator.name) if operator else Actor("anonymous", "")
    return replace(directory.apart(backstage(ctx), name), actor=actor)


def _note(ctx: Context, operator: Operator, event: str) -> None:
    """Writes into the platform's log that somebody unknown tried to come in as this operator."""
    here = replace(_apart(ctx, operator, event), actor=Actor("anonymous", ""))
    transaction = Transaction(here)
    transaction.emit(event, OPERATOR.kind, operator.id, operator.version)
    transaction.commit()


def sign_in(ctx: Context, email: str, password: str, source_ip: str) -> str:
    """Checks e-mail and password; answers the challenge that a one-time code completes. Needs a platform context.

    Raises Unauthenticated `wrong_credentials`, alike for an unknown e-mail, a wrong password and a login without second factor;
    LimitExceeded after five attempts for an e-mail or thirty from an address in a quarter of an hour.
    """
    started = ctx.clock.monotonic()
    attempts.spend(ctx, BY_ADDRESS, source_ip)
    normal = normal_email(email)
    attempts.spend(ctx, BY_EMAIL, normal)
    operator = _operator_of(ctx, normal)
    try:
        proof = identity.sign_in(operator.login_id if operator else _NOBODY, password)
        if operator is None or not isinstance(proof, CodeWanted):
            raise identity.wrong_credentials()
    except Unauthenticated:
        if operator is not None:
            _note(ctx, operator, "OperatorSignInRefused")
        even_out(ctx, started)
        raise
    facts = {"email": normal, "challenge": secrets.encrypt(ctx, proof.challenge)}
    return tickets.issue(ctx, CODE, facts, tickets.SIGN_IN_SECONDS)


def answer_code(ctx: Context, challenge: str, code: str, source_ip: str, user_agent: str) -> Entered:
    """Completes a sign-in. Raises Unauthenticated `wrong_code`, Invalid `token_invalid`, LimitExceeded. A code is good once."""
    facts = tickets.peek(ctx, CODE, challenge)
    operator = _operator_of(ctx, str(facts["email"]))
    if operator is None:
        raise identity.wrong_credentials()
    attempts.spend(ctx, attempts.CODE_BY_LOGIN, operator.login_id)
    try:
        if not tickets.first_use(ctx, f"{operator.login_id}:{code}", tickets.CODE_SECONDS):
            raise Unauthenticated("wrong_code", "This code is not right, or no longer.")
        identity.answer_code(operator.login_id, secrets.decrypt(ctx, str(facts["challenge"])), code)
    except Unauthenticated:
        _note(ctx, operator, "OperatorSignInRefused")
        raise
    tickets.redeem(ctx, CODE, challenge)
    attempts.clear(ctx, attempts.CODE_BY_LOGIN, operator.login_id)
    attempts.clear(ctx, BY_EMAIL, str(facts["email"]))
    here = _apart(ctx, operator, "sign-in")
    transaction = Transaction(here)
    token = operating.start(transaction, operator.id, source_ip, user_agent)
    transaction.emit("OperatorSignedIn", OPERATOR.kind, operator.id, operator.version)
    transaction.commit()
    return Entered(token, sessions.csrf_token(here, token), operator)


def sign_out(ctx: Context, token: str) -> None:
    """Ends the session; ended already, nothing."""
    transaction = Transaction(ctx)
    transaction.delete(operating.session_key(ctx, ctx.actor.id, secrets.digest(token)))
    transaction.emit("OperatorSignedOut", OPERATOR.kind, ctx.actor.id, 0)
    transaction.commit()


def me(ctx: Context) -> Operator:
    """The operator who asks."""
    return read.get(ctx, OPERATOR, ctx.actor.id)


# -- by operations -------------------------------------------------------------------------------------------------------


def add(ctx: Context, email: str, name: str, locale: str, password: str, code_of: Callable[[str], str]) -> tuple[Operator, str]:
    """A new operator with password and one-time codes; answers the secret of the codes too, which is stored nowhere of ours.

    `code_of(secret)` is the present code of a secret, as an authenticator shows it. For operations: `ctx` is theirs. Raises
    Invalid, Conflict `operator_email_taken`.
    """
    here = replace(directory.apart(backstage(ctx), "operator"), actor=BY_COMMAND)
    normal = normal_email(email)
    if read.guards(here, "operator_email", [here.blind(normal)]):
        raise Conflict("operator_email_taken", "There is an operator with this e-mail.")
    made = Operator(id=here.new_id(OPERATOR.prefix), email=normal, email_key=here.blind(normal), login_id=here.new_id("lgn"),
                    name=check_name(name), locale=check_locale(locale), created_at=here.now)
    identity.create(made.login_id, password)
    proof = identity.sign_in(made.login_id, password)
    assert isinstance(proof, identity.Proof)
    secret = identity.enrol_totp(proof)
    identity.confirm_totp(made.login_id, proof, code_of(secret))
    transaction = Transaction(here)
    made = transaction.create(OPERATOR, made)
    transaction.emit("OperatorAdded", OPERATOR.kind, made.id, made.version)
    transaction.commit()
    return made, secret


def disable(ctx: Context, email: str) -> Operator:
    """Shuts an operator out: their sessions, here and inside tenants, end with their next request. Raises NotFound."""
    operator = _operator_of(ctx, normal_email(email))
    if operator is None:
        raise NotFound(OPERATOR.kind)
    here = replace(directory.apart(backstage(ctx), "operator"), actor=BY_COMMAND)
    transaction = Transaction(here)
    saved = transaction.save(OPERATOR, operator, shut_out(operator, here.now))
    transaction.emit("OperatorDisabled", OPERATOR.kind, saved.id, saved.version)
    transaction.commit()
    return saved
