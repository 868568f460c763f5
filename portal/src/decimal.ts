/** Exact sums of decimal strings (quantities, amounts): no float ever stands for one. */

const DECIMAL = /^-?\d+(\.\d+)?$/;

function scaleOf(value: string): number {
  return value.split(".")[1]?.length ?? 0;
}

/** The value in units of 10^-scale. */
function scaled(value: string, scale: number): bigint {
  if (!DECIMAL.test(value)) throw new RangeError(`not a decimal: ${value}`);
  return BigInt(value.replace(".", "") + "0".repeat(scale - scaleOf(value)));
}

function written(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}

export function sum(values: readonly string[]): string {
  const scale = Math.max(0, ...values.map(scaleOf));
  return written(values.reduce((total, value) => total + scaled(value, scale), 0n), scale);
}

export function minus(from: string, ...values: readonly string[]): string {
  return sum([from, ...values.map((value) => (value.startsWith("-") ? value.slice(1) : `-${value}`))]);
}

export function times(one: string, other: string): string {
  const [first, second] = [scaleOf(one), scaleOf(other)];
  return written(scaled(one, first) * scaled(other, second), first + second);
}

/** Below, equal, above: negative, zero, positive. */
export function compare(one: string, other: string): number {
  const difference = minus(one, other);
  return difference === "0" ? 0 : difference.startsWith("-") ? -1 : 1;
}

/** What a person typed (`12,5`) as the API reads it, or null when it is no decimal. */
export function typedDecimal(text: string): string | null {
  const value = text.trim().replace(",", ".");
  return DECIMAL.test(value) ? value : null;
}
