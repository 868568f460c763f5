/** A QR code as SVG; the encoder is loaded when one is first shown. */
import { useEffect, useState } from "preact/hooks";

const MARGIN = 4;

export function QrCode({ text, label }: { text: string; label: string }) {
  const [path, setPath] = useState({ size: 0, drawn: "" });
  useEffect(() => {
    let gone = false;
    void import("qrcode-generator").then(({ default: encoder }) => {
      const code = encoder(0, "M");
      code.addData(text);
      code.make();
      const size = code.getModuleCount();
      const cells = Array.from({ length: size * size }, (_, at) => [Math.floor(at / size), at % size] as const);
      const drawn = cells.filter(([row, column]) => code.isDark(row, column)).map(([row, column]) => `M${column + MARGIN} ${row + MARGIN}h1v1h-1z`);
      if (!gone) setPath({ size: size + 2 * MARGIN, drawn: drawn.join("") });
    });
    return () => {
      gone = true;
    };
  }, [text]);
  if (path.size === 0) return <span class="skeleton qr" />;
  return (
    <svg class="qr" viewBox={`0 0 ${path.size} ${path.size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={path.size} height={path.size} fill="#fff" />
      <path d={path.drawn} fill="#000" />
    </svg>
  );
}
