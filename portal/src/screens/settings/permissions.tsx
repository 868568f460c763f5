/** What a key may do: the permissions of its role, by area, each ticked or not. */
import type { PermissionsView } from "../../api_types";
import { codeText, language, t } from "../../i18n";
import { useResource } from "../../resource";

interface PermissionBoxesProps {
  role: string;
  /** Those that are not wanted. */
  without: ReadonlySet<string>;
  onChange: (without: ReadonlySet<string>) => void;
}

const areaOf = (permission: string) => permission.split(".")[0] ?? "";

/** The permissions that stay, as the API wants them: none named means all of the role's. */
export function narrowed(held: readonly string[], without: ReadonlySet<string>): string[] {
  const kept = held.filter((each) => !without.has(each));
  return kept.length === held.length ? [] : kept;
}

export function useRolePermissions(role: string): { held: readonly string[]; labels: PermissionsView["permissions"] } {
  const { data } = useResource<PermissionsView>("/api/permissions");
  return { held: data?.for_keys[role] ?? [], labels: data?.permissions ?? {} };
}

export function PermissionBoxes({ role, without, onChange }: PermissionBoxesProps) {
  const { held, labels } = useRolePermissions(role);
  const areas = [...new Set(held.map(areaOf))];
  function toggle(names: readonly string[], on: boolean): void {
    const next = new Set(without);
    for (const name of names) if (on) next.delete(name); else next.add(name);
    onChange(next);
  }
  return (
    <fieldset class="permission-boxes">
      <legend>{t("api_keys.permissions")}</legend>
      {areas.map((area) => {
        const names = held.filter((each) => areaOf(each) === area);
        const ticked = names.filter((each) => !without.has(each)).length;
        return (
          <div key={area} role="group" aria-label={codeText("area", area)}>
            <label class="line strong">
              <input
                type="checkbox" checked={ticked === names.length} ref={(box) => { if (box) box.indeterminate = ticked > 0 && ticked < names.length; }}
                onChange={(event) => toggle(names, event.currentTarget.checked)}
              />
              {codeText("area", area)}
            </label>
            {names.map((name) => (
              <label key={name} class="line small" title={name}>
                <input type="checkbox" checked={!without.has(name)} onChange={(event) => toggle([name], event.currentTarget.checked)} />
                {labels[name]?.[language.value] ?? name}
              </label>
            ))}
          </div>
        );
      })}
    </fieldset>
  );
}
