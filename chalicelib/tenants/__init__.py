"""Tenants: the company that uses Comptoir, its settings, its people and programs, and how they prove who they are.

Owns: sign-up, tenant, company, user, invitation, role, API key, sign-in record; logins (one person's credentials across
tenants), tickets (single-use tokens) and attempt counters on the platform's side. Does not own: what a role may do
(`runtime.access`), reading the caller of a request (`runtime.sessions`), passwords and one-time codes themselves
(`runtime.identity`).

Events out: SignUpRequested, TenantSignedUp, TenantCreated, CompanyUpdated, SettingsUpdated, UserInvited, InvitationRevoked,
UserJoined, UserUpdated, UserDisabled, PasswordResetRequested, PasswordChanged, TotpEnabled, TotpDisabled, ApiKeyCreated,
ApiKeyRevoked, RoleCreated, RoleUpdated, RoleRemoved.
Events in: its own, for the mails they ask for.
"""
