export interface Starter {
  name: string;
  zh: string;
  en: string;
  query: string;
}

const FILES = import.meta.glob<string>("../queries/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The queries of `queries/`, in the order of their file names; titles stand in the first line. */
export const STARTERS: readonly Starter[] = Object.entries(FILES)
  .sort(([left], [right]) => left.localeCompare(right))
  .map(([path, query]) => {
    const [zh = "", en = ""] = (query.split("\n", 1)[0] ?? "").replace(/^#\s*/, "").split(" / ");
    return { name: path.replace(/^.*\/|\.graphql$/g, ""), zh, en, query };
  });
