/** Opens the dialogs of invoices; their code comes with the first one. */
import { toastError } from "../../design/toast";
import { withWords } from "../../i18n";

type Dialogs = typeof import("./dialogs");

function opening<N extends keyof Dialogs>(name: N): (...given: Parameters<Dialogs[N]>) => void {
  return (...given) => {
    withWords(() => import("./dialogs")).then((module) => (module[name] as (...all: Parameters<Dialogs[N]>) => unknown)(...given)).catch(toastError);
  };
}

export const openIssue = opening("openIssue");
export const openPay = opening("openPay");
export const openCredit = opening("openCredit");
export const openInvoiceOrder = opening("openInvoiceOrder");
export const openDeposit = opening("openDeposit");
export const discard = opening("discard");
