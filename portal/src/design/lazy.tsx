/** A screen whose code and words come when it is first opened: the first load holds what everybody needs at once. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { withWords } from "../i18n";
import { Problem, Skeleton } from "./feedback";

export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  let known: ComponentType<P> | undefined;
  return function Lazy(props: P): JSX.Element {
    const [state, setState] = useState<{ screen?: ComponentType<P>; error?: unknown }>({ screen: known });
    function fetch(): void {
      withWords(load).then((screen) => {
        known = screen;
        setState({ screen });
      }, (error: unknown) => setState({ error }));
    }
    useEffect(() => {
      if (!known) fetch();
    }, []);
    const Screen = state.screen;
    if (Screen) return <Screen {...props} />;
    if (state.error) return <Problem error={state.error} retry={fetch} />;
    return <div class="page"><Skeleton lines={8} /></div>;
  };
}
