/** Starts the portal: words first, then who is signed in, then the screen. */
import { render } from "preact";
import { App } from "./app";
import { Problem } from "./design/feedback";
import { startKeyboard } from "./keyboard";
import { applyPreferences } from "./preferences";
import { startRouter } from "./router";
import { restoreSession } from "./session";

const root = document.getElementById("app") as HTMLElement;

async function start(): Promise<void> {
  await applyPreferences();
  try {
    await restoreSession();
  } catch (error) {
    render(<Problem error={error} retry={() => void start()} />, root);
    return;
  }
  render(null, root);
  render(<App />, root);
}

startRouter();
startKeyboard();
void start();
