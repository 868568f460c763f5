/** Opens the dialogs of stock; their code comes with the first one. */
import { toastError } from "../../design/toast";
import { withWords } from "../../i18n";

type Dialogs = typeof import("./dialogs");
type Name = "openReceive" | "openAdjust" | "openTransfer";

function opening(name: Name): Dialogs[Name] {
  return (level, onDone) => void withWords(() => import("./dialogs")).then((module) => module[name](level, onDone)).catch(toastError);
}

export const openReceive = opening("openReceive");
export const openAdjust = opening("openAdjust");
export const openTransfer = opening("openTransfer");
