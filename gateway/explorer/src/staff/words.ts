/** Words in both languages; `{}` takes a number or a name. */

export const LANGUAGES = { "zh-CN": "中文", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

export type Words = Readonly<Record<string, readonly [chinese: string, english: string]>>;
export type Say<W extends Words> = (word: keyof W, ...given: (string | number)[]) => string;

/** What the bar of every page of the staff says. */
export const BAR = {
  explorer: ["图查询", "Explorer"],
  sales: ["秒杀", "Flash sales"],
  adoption: ["接入", "Adoption"],
  role: ["角色", "Role"],
  token: ["令牌", "Token"],
  pasteToken: ["粘贴令牌", "paste a token"],
  language: ["语言", "Language"],
  needToken: ["请先选择角色或粘贴令牌。", "Choose a role or paste a token first."],
} as const satisfies Words;

/** Says words in a language; `{}` takes what is given in order, `{1}` the second of it. */
export function saying<W extends Words>(words: W, language: Language): Say<W> {
  return (word, ...given) => {
    let next = 0;
    const said = words[word]?.[language === "en" ? 1 : 0] ?? String(word);
    return said.replace(/\{(\d*)\}/g, (_, place: string) => {
      const value = given[place === "" ? next++ : Number(place)];
      return typeof value === "number" ? value.toLocaleString(language) : (value ?? "");
    });
  };
}

export function preferred(): Language {
  return navigator.language.startsWith("zh") ? "zh-CN" : "en";
}
