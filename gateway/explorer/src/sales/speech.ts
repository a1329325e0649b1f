import { createContext, useContext } from "react";

import { type Language, saying } from "../staff/words";
import { type Say, WORDS } from "./words";

export interface Speech {
  language: Language;
  say: Say;
  count: (value: number) => string;
  time: (value: string | number) => string;
  moment: (value: string) => string;
  money: (amount: { amount: string; currency: string }) => string;
  channel: (code: string | null) => string;
}

/** How numbers, times and channels are said in a language. */
export function speech(language: Language, names: Map<string, string>): Speech {
  const say = saying(WORDS, language);
  return {
    language,
    say,
    count: (value) => value.toLocaleString(language),
    time: (value) => new Date(value).toLocaleTimeString(language),
    moment: (value) =>
      new Date(value).toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" }),
    // A style that names the currency: ¥ alone is two currencies.
    money: ({ amount, currency }) =>
      Number(amount).toLocaleString(language, {
        style: "currency",
        currency,
        currencyDisplay: "code",
      }),
    channel: (code) => (code === null || code === "" ? say("shared") : (names.get(code) ?? code)),
  };
}

const Spoken = createContext<Speech>(speech("en", new Map()));
export const SpeechProvider = Spoken.Provider;

export function useSpeech(): Speech {
  return useContext(Spoken);
}
