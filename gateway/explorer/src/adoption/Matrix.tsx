import type { KeyboardEvent } from "react";

import type { Chosen } from "./AdoptionPage";
import { Cell } from "./Cell";
import { CAPABILITIES, type Channel, type Standing } from "./records";
import { useSpeech } from "./speech";

interface Props {
  channels: readonly Channel[];
  standings: readonly Standing[];
  chosen: Chosen | null;
  onChoose: (one: Chosen) => void;
}

/** Every channel in a row, every capability in a column, and how far each pair is. */
export function Matrix({ channels, standings, chosen, onChoose }: Props) {
  const { say } = useSpeech();
  const placed = new Map(
    standings.map((one) => [placeOf({ channel: one.channelCode, capability: one.capability }), one]),
  );
  const rows = channels.filter(({ code }) =>
    CAPABILITIES.some((capability) => placed.has(placeOf({ channel: code, capability }))),
  );
  if (rows.length === 0) return <p className="empty">{say("nothing")}</p>;
  return (
    <div className="scroll">
      <table className="matrix" onKeyDown={move}>
        <thead>
          <tr>
            <th scope="col">{say("channel")}</th>
            {CAPABILITIES.map((capability) => (
              <th key={capability} scope="col">
                {say(capability)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ code, name }) => (
            <tr key={code}>
              <th scope="row">
                {name} <small>{code}</small>
              </th>
              {CAPABILITIES.map((capability) => {
                const place = placeOf({ channel: code, capability });
                const standing = placed.get(place);
                const current = chosen !== null && placeOf(chosen) === place;
                return (
                  <td key={capability} data-routed={standing !== undefined}>
                    {standing === undefined ? (
                      <span className="quiet">{say("notHere")}</span>
                    ) : (
                      <Cell
                        id={place}
                        standing={standing}
                        current={current}
                        onChoose={() => onChoose({ channel: code, capability })}
                      />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A pair's place in the address and in the page. */
export function placeOf({ channel, capability }: Chosen): string {
  return `${encodeURIComponent(channel)}/${capability}`;
}

const ARROWS: Record<string, readonly [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The arrows go from cell to cell, over those that nobody routes. */
function move(event: KeyboardEvent<HTMLTableElement>): void {
  const by = ARROWS[event.key];
  const cell = (event.target as Element).closest("td");
  const row = cell?.parentElement as HTMLTableRowElement | null | undefined;
  if (by === undefined || !cell || !row) return;
  event.preventDefault();
  const rows = event.currentTarget.rows;
  let [down, across] = [row.rowIndex + by[0], cell.cellIndex + by[1]];
  for (;;) {
    const next = rows[down]?.cells[across];
    if (next === undefined) return;
    const button = next.querySelector("button");
    if (button !== null) return button.focus();
    down += by[0];
    across += by[1];
  }
}
