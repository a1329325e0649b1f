import { createContext, useContext } from "react";

import { type Language, saying } from "../staff/words";
import { isWord, type Say, WORDS } from "./words";

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

export interface Speech {
  language: Language;
  say: Say;
  count: (value: number) => string;
  moment: (value: string) => string;
  /** Hundredths of a percent as a percentage. */
  share: (points: number) => string;
  /** A part of a whole as a percentage, fine enough for a limit of 0.1 %. */
  rate: (part: number, whole: number) => string;
  age: (value: string, now: number) => string;
  channel: (code: string) => string;
  /** A part of a record that moves by itself. */
  part: (name: string) => string;
}

/** How numbers, ages and channels are said in a language. */
export function speech(language: Language, names: ReadonlyMap<string, string>): Speech {
  const percent = (value: number, digits: number) =>
    value.toLocaleString(language, { style: "percent", maximumFractionDigits: digits });
  const say = saying(WORDS, language);
  return {
    language,
    say,
    count: (value) => value.toLocaleString(language),
    moment: (value) =>
      new Date(value).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" }),
    share: (points) => percent(points / 10_000, 2),
    rate: (part, whole) => (whole === 0 ? "–" : percent(part / whole, 3)),
    age: (value, now) => {
      const seconds = Math.max(0, Math.round((now - Date.parse(value)) / 1000));
      const [size, unit] = UNITS.find(([one]) => seconds >= one) ?? [1, "second"];
      const shown = { style: "unit", unit, unitDisplay: "short" } as const;
      return Math.floor(seconds / size).toLocaleString(language, shown);
    },
    channel: (code) => names.get(code) ?? code,
    part: (name) => {
      const word = `part_${name}`;
      return isWord(word) ? say(word) : name;
    },
  };
}

const Spoken = createContext<Speech>(speech("en", new Map()));
export const SpeechProvider = Spoken.Provider;

export function useSpeech(): Speech {
  return useContext(Spoken);
}
