/** Starts the portal: words first, then who is signed in, then the screen, then what the first screen did not need. */
import { render } from "preact";
import { App } from "./app";
import { Problem } from "./design/feedback";
import { startKeyboard } from "./keyboard";
import { applyPreferences } from "./preferences";
import { isOperators, path, startRouter } from "./router";
import { loadTheRest } from "./routes";
import { restoreSession } from "./session";

const root = document.getElementById("app") as HTMLElement;

async function start(): Promise<void> {
  const words = applyPreferences();
  if (path.value !== "/" && !isOperators(path.value)) fetchAhead();
  await words;
  try {
    if (!isOperators(path.value)) await restoreSession();
  } catch (error) {
    render(<Problem error={error} retry={() => void start()} />, root);
    return;
  }
  render(null, root);
  render(<App />, root);
  requestAnimationFrame(() => setTimeout(fetchAhead));
}

/** Whoever needs it asks again and is told if it cannot be had; here nobody waits. */
function fetchAhead(): void {
  loadTheRest().catch((error: unknown) => console.debug("not fetched ahead", error));
}

startRouter();
startKeyboard();
void start();
