/** Countries by their code (ISO 3166-1 alpha-2), named in the reader's language by Intl. */
import type { Option } from "./design/combobox";
import { locale } from "./i18n";
import { foldText } from "./format";

const CODES = (
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK " +
  "CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS " +
  "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV " +
  "LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM " +
  "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR " +
  "TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
).split(" ");

/** The country's name; a code that is none shows itself. */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (new Intl.DisplayNames([locale()], { type: "region" }).of(code) ?? code) : code;
}

export function countryOption(code: string): Option | null {
  return code ? { id: code, title: countryName(code), subtitle: code } : null;
}

/** Countries whose name has the words or whose code it is: names that begin so first, then by the alphabet of the language. */
export function findCountries(text: string): Option[] {
  const wanted = foldText(text);
  const names = new Intl.DisplayNames([locale()], { type: "region" });
  const all = CODES.map((code) => ({ id: code, title: names.of(code) ?? code, subtitle: code }));
  const rank = (option: Option) => (option.id.toLowerCase() === wanted ? 0 : foldText(option.title).startsWith(wanted) ? 1 : 2);
  return all
    .filter((option) => foldText(option.title).includes(wanted) || option.id.toLowerCase() === wanted)
    .toSorted((one, other) => rank(one) - rank(other) || one.title.localeCompare(other.title, locale()));
}
