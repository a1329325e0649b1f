import type { Listed } from "./records";
import { useSpeech } from "./speech";

interface Props {
  sales: readonly Listed[];
  chosen: string | null;
  trouble: string | null;
  onChoose: (id: string) => void;
  onNew: () => void;
}

/** Every sale, the latest opening first; what waits for a second person is marked. */
export function SaleList({ sales, chosen, trouble, onChoose, onNew }: Props) {
  const { say, moment } = useSpeech();
  return (
    <aside aria-label={say("sales")}>
      <button type="button" className="main" data-step="new" onClick={onNew}>
        + {say("newSale")}
      </button>
      {trouble !== null && <p role="alert">{trouble}</p>}
      {sales.length === 0 && trouble === null && <p className="quiet">{say("noSales")}</p>}
      <ul>
        {sales.map(({ id, state, sku, opensAt, desk }) => (
          <li key={id}>
            <button
              type="button"
              data-sale={id}
              aria-current={id === chosen}
              onClick={() => onChoose(id)}
            >
              <strong>{id}</strong>
              <em data-state={state}>{say(state)}</em>
              <span>
                {sku} · {moment(opensAt)}
              </span>
              {desk.waiting.length > 0 && <b>● {say("waitsHere")}</b>}
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}
