"""Passwords and one-time codes, held by Cognito behind these functions; nothing of Cognito's reaches a browser.

A login is one person's credentials, whatever tenants it belongs to; its Cognito name is an opaque id of ours, so the
pool holds no e-mail. Sessions, invitations, resets and attempt limits are ours (`sessions`, `tenants`), because the local
engine accepts any confirmation code and locks nobody out. The local engine checks one-time codes for real (RFC 6238),
but not that a challenge followed a password: the caller binds the challenge to a single-use token of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.errors import Invalid, LimitExceeded, Unauthenticated, Unavailable
from chalicelib.runtime.settings import settings
from chalicelib.storage.client import client

MIN_PASSWORD = 12
_BUSY = {"TooManyRequestsException", "InternalErrorException", "ThrottlingException"}
_WRONG = {"NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException",
          "PasswordResetRequiredException"}
_WRONG_CODE = {"CodeMismatchException", "ExpiredCodeException", "EnableSoftwareTokenMFAException"}


@dataclass(frozen=True, slots=True)
class Proof:
    """The password was right and no code is asked. `access_token` serves enrolment only and leaves the server never."""

    access_token: str


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The password was right; a one-time code completes the sign-in within minutes."""

    challenge: str


def wrong_credentials() -> Unauthenticated:
    """The one refusal of a sign-in, whether the e-mail is unknown or the password wrong."""
    return Unauthenticated("wrong_credentials", "This e-mail and password do not go together.")


def _call(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """One call to Cognito, its errors translated."""
    try:
        answer: dict[str, Any] = getattr(client("cognito-idp"), operation)(**parameters)
        return answer
    except BotoCoreError as error:
        raise Unavailable() from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _WRONG:
            raise wrong_credentials() from None
        if code in _WRONG_CODE:
            raise Unauthenticated("wrong_code", "This code is not right, or no longer.") from None
        if code == "InvalidPasswordException":
            raise Invalid("password_refused", "Choose another password.", {"password": "too weak"}) from None
        if code == "LimitExceededException":
            raise LimitExceeded("too_many_attempts", "Too many attempts; try again later.", 900) from None
        if code in _BUSY or int(error.response["ResponseMetadata"]["HTTPStatusCode"]) >= 500:
            raise Unavailable() from error
        raise


def _pool() -> dict[str, Any]:
    return {"UserPoolId": settings().user_pool_id}


def create(login_id: str, password: str) -> None:
    """A login with its password, confirmed, no mail sent. Safe to repeat: an existing login gets the password."""
    try:
        _call("admin_create_user", {**_pool(), "Username": login_id, "MessageAction": "SUPPRESS"})
    except ClientError as error:
        if error.response["Error"]["Code"] != "UsernameExistsException":
            raise
    set_password(login_id, password)


def set_password(login_id: str, password: str) -> None:
    """Replaces the password; one-time codes stay as they were."""
    _call("admin_set_user_password", {**_pool(), "Username": login_id, "Password": password, "Permanent": True})


def sign_in(login_id: str, password: str) -> Proof | CodeWanted:
    """Checks a password. Raises Unauthenticated `wrong_credentials` alike for a wrong password and an unknown login."""
    answer = _call("admin_initiate_auth", {
        **_pool(), "ClientId": settings().user_pool_client_id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": login_id, "PASSWORD": password}})
    if answer.get("ChallengeName") == "SOFTWARE_TOKEN_MFA":
        return CodeWanted(answer["Session"])
    if "AuthenticationResult" not in answer:
        raise wrong_credentials()
    return Proof(answer["AuthenticationResult"]["AccessToken"])


def answer_code(login_id: str, challenge: str, code: str) -> Proof:
    """Completes a sign-in with a one-time code. Raises Unauthenticated `wrong_code`."""
    answer = _call("admin_respond_to_auth_challenge", {
        **_pool(), "ClientId": settings().user_pool_client_id, "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": challenge, "ChallengeResponses": {"USERNAME": login_id, "SOFTWARE_TOKEN_MFA_CODE": code}})
    if "AuthenticationResult" not in answer:
        raise Unauthenticated("wrong_code", "This code is not right, or no longer.")
    return Proof(answer["AuthenticationResult"]["AccessToken"])


def enrol_totp(proof: Proof) -> str:
    """A new secret for the person's authenticator, in base 32; nothing is asked for before `confirm_totp`."""
    return str(_call("associate_software_token", {"AccessToken": proof.access_token})["SecretCode"])


def confirm_totp(login_id: str, proof: Proof, code: str) -> None:
    """Turns codes on once the authenticator has shown a right one. Raises Unauthenticated `wrong_code`."""
    answer = _call("verify_software_token", {"AccessToken": proof.access_token, "UserCode": code})
    if answer.get("Status") != "SUCCESS":
        raise Unauthenticated("wrong_code", "This code is not right, or no longer.")
    _prefer_totp(login_id, True)


def disable_totp(login_id: str) -> None:
    """Signing in asks no code any more."""
    _prefer_totp(login_id, False)


def _prefer_totp(login_id: str, is_on: bool) -> None:
    _call("admin_set_user_mfa_preference", {
        **_pool(), "Username": login_id, "SoftwareTokenMfaSettings": {"Enabled": is_on, "PreferredMfa": is_on}})


def probe() -> None:
    """Raises unless the pool answers; what the health page asks."""
    _call("describe_user_pool", _pool())


def pool_definition(name: str) -> dict[str, Any]:
    """What CreateUserPool is given, locally and, resource by resource, in the template."""
    return {
        "PoolName": name,
        "Policies": {"PasswordPolicy": {"MinimumLength": MIN_PASSWORD, "RequireUppercase": False,
                                        "RequireLowercase": False, "RequireNumbers": False, "RequireSymbols": False}},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
    }


def client_definition(pool_id: str) -> dict[str, Any]:
    """What CreateUserPoolClient is given: no secret, the server's own password flow only, errors that tell nothing."""
    return {
        "UserPoolId": pool_id, "ClientName": "comptoir", "GenerateSecret": False,
        "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
    }


def ensure_pool(name: str) -> tuple[str, str]:
    """The ids of the pool of this name and of its client, made where missing. For the local engine and tests: in the
    cloud the data stack owns them."""
    cognito = client("cognito-idp")
    pools = {p["Name"]: p["Id"] for p in cognito.list_user_pools(MaxResults=60)["UserPools"]}
    pool_id = pools.get(name)
    if pool_id is None:
        pool_id = cognito.create_user_pool(**pool_definition(name))["UserPool"]["Id"]
        cognito.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="OPTIONAL",
                                         SoftwareTokenMfaConfiguration={"Enabled": True})
    clients = cognito.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)["UserPoolClients"]
    found = next((c["ClientId"] for c in clients if c["ClientName"] == "comptoir"), None)
    return pool_id, found or cognito.create_user_pool_client(**client_definition(pool_id))["UserPoolClient"]["ClientId"]
