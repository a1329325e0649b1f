import { Gates } from "./Gates";
import type { Refusal } from "./records";
import { useSpeech } from "./speech";

/** Why the gateway said no, which gates are behind it, and what helps. */
export function Refused({ refusal }: { refusal: Refusal }) {
  const { say } = useSpeech();
  const { code, message, detail } = refusal;
  const gates = refusal.gates?.filter(({ ok }) => !ok) ?? [];
  return (
    <div className="refused" data-refused={code}>
      <p role="alert">
        {say("refused")}: {message} {code !== "" && <code>{code}</code>}
      </p>
      {detail && gates.length === 0 && <p>{detail}</p>}
      {gates.length > 0 && (
        <>
          <Gates gates={gates} />
          <h4>{say("toDo")}</h4>
          <ul>
            {[...new Set(gates.map(({ remedy }) => remedy))].map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
