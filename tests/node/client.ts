// What a front-end team writes against the contract: every nullable field is read as one.
import type { PersonQuery, PersonQueryVariables } from "./generated/person";

export interface PersonSummary {
  name: string;
  cards: string[];
  purchases: string[];
  /** Sources that are not in this answer: the page says so instead of showing fewer rows in silence. */
  absent: string[];
}

type Person = NonNullable<PersonQuery["member"]>;
type Purchase = Person["orders"]["edges"][number]["node"];

export async function askPerson(
  url: string,
  token: string,
  query: string,
  variables: PersonQueryVariables,
): Promise<PersonSummary | null> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: PersonQuery | null };
  return answer.data?.member ? summarise(answer.data.member) : null;
}

export function summarise(member: Person): PersonSummary {
  return {
    name: member.displayName ?? member.id,
    cards: member.memberships.map(({ channel, number }) => `${channel.code} ${number ?? "–"}`),
    purchases: member.orders.edges.map(({ node, late }) => describe(node) + (late ? " (late)" : "")),
    absent: member.orders.sources
      .filter(({ status }) => status !== "OK" && status !== "STALE")
      .map(({ name }) => name),
  };
}

function describe(order: Purchase): string {
  const goods = order.lines.map(({ product, rawSku }) => product?.name ?? rawSku ?? "?");
  const total = order.total ? `${order.total.amount} ${order.total.currency}` : "no total";
  return `${order.placedAt?.slice(0, 10) ?? "no date"} ${order.channel.code} ${goods.join(", ")} ${total}`;
}
