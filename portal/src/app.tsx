/** The shell around every screen, or the gate when nobody is signed in. */
import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import { Problem } from "./design/feedback";
import { lazily } from "./design/lazy";
import { Questions } from "./design/overlay";
import { Toasts } from "./design/toast";
import { t } from "./i18n";
import { useKeys, type KeyCommand } from "./keyboard";
import { NAVIGATION } from "./navigation";
import { navigationFolded } from "./preferences";
import { isOperators, navigate, path } from "./router";
import { routeAt } from "./routes";
import { Gate, gatePage } from "./screens/access/gate";
import { ActionHost } from "./screens/actions";
import { session } from "./session";
import { Help, helpOpen } from "./shell/help";
import { BottomBar, Navigation } from "./shell/navigation";
import { LateBanner } from "./shell/late";
import { SupportBanner } from "./shell/support";
import { Palette, paletteOpen } from "./shell/palette";
import { TopBar } from "./shell/topbar";

const KEYS: readonly KeyCommand[] = [
  { keys: "mod+k", label: "palette.title", run: () => { paletteOpen.value = !paletteOpen.value; }, everywhere: true },
  { keys: "?", label: "key.title", run: () => { helpOpen.value = true; } },
  ...NAVIGATION.map((entry) => ({ keys: `g ${entry.key}`, label: entry.label, run: () => void navigate(entry.href) })),
];

function Screen() {
  const [error, reset] = useErrorBoundary();
  const { route, parameters } = routeAt(path.value);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path.value);
  useEffect(() => {
    document.title = `${route.title()} · ${t("app.name")}`;
    if (shown.current === path.value) return;
    shown.current = path.value;
    reset();
    main.current?.focus({ preventScroll: true });
  }, [path.value, route.title()]);
  return (
    <main class="main" id="main" ref={main} tabIndex={-1}>
      <LateBanner />
      <SupportBanner />
      {error ? <Problem error={error} retry={reset} /> : route.draw(parameters)}
    </main>
  );
}

function Shell() {
  useKeys(KEYS);
  return (
    <div class={`shell ${navigationFolded.value ? "folded" : ""}`}>
      <a class="skip" href="#main">{t("navigation.skip")}</a>
      <Navigation />
      <TopBar />
      <Screen />
      <BottomBar />
      <ActionHost />
      <Palette />
      <Help />
    </div>
  );
}

const OperatorsArea = lazily(() => import("./screens/operators/area").then((module) => module.OperatorsArea));

export function App() {
  const isGatePage = gatePage(path.value) !== undefined;
  if (isOperators(path.value)) return <><OperatorsArea /><Questions /><Toasts /></>;
  return (
    <>
      {session.value && !isGatePage ? <Shell /> : session.value !== undefined || isGatePage ? <Gate /> : null}
      <Questions />
      <Toasts />
    </>
  );
}
