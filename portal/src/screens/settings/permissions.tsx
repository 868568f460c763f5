/** Permissions to tick, by area. */
import type { PermissionsView } from "../../api_types";
import { codeText, language, t } from "../../i18n";
import { useResource } from "../../resource";

interface PermissionBoxesProps {
  legend: string;
  /** Those that can be ticked, in the table's order. */
  offered: readonly string[];
  /** Those shown as they are: whoever ticks does not hold them. */
  locked?: readonly string[];
  ticked: ReadonlySet<string>;
  onChange: (ticked: ReadonlySet<string>) => void;
}

export const areaOf = (permission: string) => permission.split(".")[0] ?? "";

/** The permissions that stay, as the API wants them: none named means all of the role's. */
export function narrowed(held: readonly string[], ticked: ReadonlySet<string>): string[] {
  const kept = held.filter((each) => ticked.has(each));
  return kept.length === held.length ? [] : kept;
}

/** Every permission with its labels, and what a key of each built-in role may do. */
export function usePermissions(): PermissionsView | undefined {
  return useResource<PermissionsView>("/api/permissions").data;
}

/** What a permission is, in the present language. */
export function permissionText(labels: PermissionsView["permissions"], name: string): string {
  return labels[name]?.[language.value] ?? name;
}

export function PermissionBoxes({ legend, offered, locked = [], ticked, onChange }: PermissionBoxesProps) {
  const labels = usePermissions()?.permissions ?? {};
  const shown = [...offered, ...locked];
  const all = Object.keys(labels).filter((each) => shown.includes(each));
  function toggle(names: readonly string[], on: boolean): void {
    const next = new Set(ticked);
    for (const name of names) if (on) next.add(name); else next.delete(name);
    onChange(next);
  }
  return (
    <fieldset class="permission-boxes">
      <legend>{legend}</legend>
      {[...new Set(all.map(areaOf))].map((area) => {
        const names = all.filter((each) => areaOf(each) === area);
        const free = names.filter((each) => !locked.includes(each));
        const count = free.filter((each) => ticked.has(each)).length;
        return (
          <div key={area} role="group" aria-label={codeText("area", area)}>
            <label class="line strong">
              <input
                type="checkbox" checked={free.length > 0 && count === free.length} disabled={free.length === 0}
                ref={(box) => { if (box) box.indeterminate = count > 0 && count < free.length; }}
                onChange={(event) => toggle(free, event.currentTarget.checked)}
              />
              {codeText("area", area)}
            </label>
            {names.map((name) => (
              <label key={name} class="line small" title={locked.includes(name) ? t("roles.not_held") : name}>
                <input type="checkbox" checked={ticked.has(name)} disabled={locked.includes(name)} onChange={(event) => toggle([name], event.currentTarget.checked)} />
                {permissionText(labels, name)}
              </label>
            ))}
          </div>
        );
      })}
    </fieldset>
  );
}
