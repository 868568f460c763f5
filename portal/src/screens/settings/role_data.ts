/** The roles of the company: the built-in ones and its own, as the API tells them. */
import type { RoleView } from "../../api_types";
import type { Choice } from "../../entities";
import { codeText, language } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";

export const ROLES_PATH = "/api/tenants/roles";
const BUILT_IN = ["owner", "sales", "warehouse", "accountant", "read_only"] as const;

/** Every role; undefined until they are here, or when the caller may not see users. */
export function useRoles(): readonly RoleView[] | undefined {
  return useResource<{ items: RoleView[] }>(may("users.read") ? ROLES_PATH : null, ["role"]).data?.items;
}

/** A role's name in the present language; a built-in one's without asking the API. */
export function roleName(roles: readonly RoleView[] | undefined, role: string): string {
  const own = roles?.find((each) => each.role === role && !each.is_builtin);
  if (own) return own[language.value];
  return role.startsWith("rol_") ? "…" : codeText("role", role);
}

/** What may be given: of the roles the caller may give, and the one somebody has already. */
export function roleChoices(roles: readonly RoleView[] | undefined, present = ""): readonly Choice[] {
  if (!roles) return BUILT_IN.map((value) => ({ value, label: `role.${value}` as const }));
  return roles.filter((each) => each.is_grantable || each.role === present)
    .map((each) => ({ value: each.role, text: roleName(roles, each.role) }));
}
