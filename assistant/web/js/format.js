// Dates, numbers and units as a French (or English) clinician writes them.
// Dates of a record are shown as recorded: they are never moved to another time zone.

const FINE = "\u202f";
const MONTHS = {
  fr: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
  en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
};
const UNITS = {
  "mm[Hg]": "mmHg", Cel: "°C", "kg/m2": "kg/m²", "m2": "m²", "[iU]": "UI", "[IU]": "UI", "[iU]/L": "UI/L",
  "[IU]/L": "UI/L", "10*9/L": "10⁹/L", "10*12/L": "10¹²/L", "10*3/uL": "10³/µL", "10*6/uL": "10⁶/µL",
  "10*3/mm3": "10³/mm³", "{beats}/min": "/min", "{breaths}/min": "/min", "mL/min/{1.73_m2}": "mL/min/1,73 m²",
  "mL/min/1.73.m2": "mL/min/1,73 m²", "m[iU]/L": "mUI/L", "u[iU]/mL": "µUI/mL", deg: "°", "1": "",
};

/** French typography of the page's own words: fine no-break spaces, curved apostrophes.
 *  Words of the record never pass here. */
export function french(words) {
  return words
    .replace(/'/g, "’")
    .replace(/ ([;:!?%»])/g, `${FINE}$1`)
    .replace(/« /g, `«${FINE}`)
    .replace(/(\d) (?=\d{3}\b)/g, `$1${FINE}`);
}

/** Year, month and day as recorded; month and day may be missing. Null when it is not a date. */
export function dateParts(iso) {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[T ](\d{2}):(\d{2}))?/.exec(iso ?? "");
  if (!match) return null;
  const [, year, month, day, hour, minute] = match;
  return { year, month: month ?? null, day: day ?? null, hour: hour ?? null, minute: minute ?? null };
}

/** "12/03/2024", "03/2024" or "2024" ("12 Mar 2024" in English); empty when unknown. */
export function shortDate(iso, language = "fr") {
  const parts = dateParts(iso);
  if (!parts) return "";
  const { year, month, day } = parts;
  if (language === "en") return [day && Number(day), month && MONTHS.en[month - 1], year].filter(Boolean).join(" ");
  return [day, month, year].filter(Boolean).join("/");
}

/** Date with the time where the record has one: "12/03/2024 à 08 h 30". */
export function dateTime(iso, language = "fr") {
  const parts = dateParts(iso);
  if (!parts?.hour || `${parts.hour}${parts.minute}` === "0000") return shortDate(iso, language);
  const day = shortDate(iso, language);
  return language === "en" ? `${day}, ${parts.hour}:${parts.minute}` : `${day} à ${parts.hour} h ${parts.minute}`;
}

/** An instant of the service (UTC) in the reader's own time zone. */
export function localTime(iso, language = "fr") {
  const moment = new Date(iso ?? "");
  if (Number.isNaN(moment.getTime())) return "";
  const pad = (n) => String(n).padStart(2, "0");
  const local = `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
  return dateTime(`${local}T${pad(moment.getHours())}:${pad(moment.getMinutes())}`, language);
}

export const monthName = (month, language = "fr") => MONTHS[language][month - 1];

/** Age in completed years, months under two years, days under one month; null when unknown.
 *  Gives {unit: "years" | "months" | "days", n}. */
export function age(birthDate, today = new Date()) {
  const parts = dateParts(birthDate);
  if (!parts?.day) return null;
  const born = new Date(Number(parts.year), parts.month - 1, Number(parts.day));
  let months = (today.getFullYear() - born.getFullYear()) * 12 + today.getMonth() - born.getMonth();
  if (today.getDate() < born.getDate()) months -= 1;
  if (months < 0) return null;
  if (months >= 24) return { unit: "years", n: Math.floor(months / 12) };
  return months >= 1 ? { unit: "months", n: months } : { unit: "days", n: Math.floor((today - born) / 864e5) };
}

/** A recorded number with its own digits: comma and fine spaces in French. */
export function number(magnitude, language = "fr") {
  const [, sign, whole, rest] = /^([-+]?)(\d+)(\.\d+)?$/.exec(String(magnitude)) ?? [];
  if (whole === undefined) return String(magnitude);
  if (language === "en") return `${sign.replace("-", "−")}${whole}${rest ?? ""}`;
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, FINE) : whole;
  return `${sign.replace("-", "−")}${grouped}${rest ? `,${rest.slice(1)}` : ""}`;
}

/** A UCUM unit in the usual writing. */
export function unit(ucum) {
  if (!ucum) return "";
  return UNITS[ucum] ?? ucum.replace(/\bu(?=mol|g|L|m\b)/g, "µ").replace(/\{[^}]*\}/g, "");
}

/** Seconds or milliseconds of work in words: "0,8 s". */
export function seconds(milliseconds, language = "fr") {
  const value = (Math.max(100, milliseconds) / 1000).toFixed(milliseconds < 10000 ? 1 : 0);
  return `${number(value, language)} s`;
}
