import { type GraphiQLPlugin, useGraphiQL } from "@graphiql/react";
import { useMemo } from "react";

import { setExplained, useExplained } from "./explain";
import { type AnswerPlan, type Lane, readPlan, readRefusal, type Span } from "./plan";

/** What an answer cost: its steps, questions and calls on one time axis. */
function PlanPanel() {
  const explained = useExplained();
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response);
  const plan = useMemo(() => readPlan(response), [response]);
  const refused = useMemo(() => readRefusal(response), [response]);
  return (
    <section className="explorer-plan" aria-label="Plan">
      <h2>
        <span lang="zh-CN">执行计划</span> Plan
      </h2>
      <label>
        <input
          type="checkbox"
          role="switch"
          name="explain"
          checked={explained}
          onChange={({ target }) => setExplained(target.checked)}
        />
        Explain answers
      </label>
      {plan !== null ? (
        <Plan plan={plan} />
      ) : (
        <Without explained={explained} refused={explained ? refused : null} />
      )}
    </section>
  );
}

function Without({ explained, refused }: { explained: boolean; refused: string | null }) {
  if (refused !== null) {
    return (
      <p role="alert">
        <em data-verdict="missing">FORBIDDEN</em> {refused} Choose such a role in the bar above, or
        switch this off to run the query without its plan.
      </p>
    );
  }
  return (
    <p role="status">
      {explained ? "This answer has no plan yet. Run" : "Switch it on and run"} the query with{" "}
      <kbd>Ctrl</kbd>+<kbd>Enter</kbd> to see what it asked, of whom, and how long each part took.
    </p>
  );
}

function Plan({ plan }: { plan: AnswerPlan }) {
  const took = (step: string) => shown(plan.stepsMs.get(step) ?? 0);
  return (
    <>
      <dl>
        <dt>Total</dt>
        <dd>{shown(plan.ms)}</dd>
        <dt>Engine</dt>
        <dd>
          <em data-verdict={plan.engine === "plan" ? "ok" : "partial"}>{plan.engine}</em>
          {plan.fallback !== null && ` because of ${plan.fallback}`}
        </dd>
        <dt>Document</dt>
        <dd>
          {plan.documentCached ? "known" : "read for the first time"}, {took("document")}
        </dd>
        <dt>Plan</dt>
        <dd>
          {plan.planCached ? "known" : "made for this answer"}, {took("plan")}
        </dd>
        <dt>Run</dt>
        <dd>{took("run")}</dd>
        <dt>Cache</dt>
        <dd>
          {plan.cache.length === 0
            ? "not asked"
            : plan.cache.map(([outcome, loads]) => `${outcome} ${loads}`).join(", ")}
        </dd>
      </dl>
      {plan.lanes.length > 0 && <p>Each bar stands where its part ran within the total.</p>}
      {plan.lanes.map((lane) => (
        <Timeline key={lane.title} lane={lane} whole={plan.ms} />
      ))}
    </>
  );
}

function Timeline({ lane, whole }: { lane: Lane; whole: number }) {
  return (
    <section data-lane={lane.kind}>
      <h3>{lane.title}</h3>
      <ol>
        {lane.spans.map((span, index) => (
          <li key={`${span.label} ${index}`} title={`begins at ${shown(span.startedMs)}`}>
            <span>
              {span.label} <small>{span.note}</small>
            </span>
            <span>{span.ms === null ? "not waited for" : shown(span.ms)}</span>
            <Bar span={span} whole={whole} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Where the span stands in the whole answer; what has no end runs to the right edge. */
function Bar({ span, whole }: { span: Span; whole: number }) {
  const share = (ms: number) => (whole > 0 ? Math.min((ms / whole) * 100, 100) : 0);
  const left = share(span.startedMs);
  const width = span.ms === null ? 100 - left : share(span.ms);
  return (
    <svg width="100%" height="6" aria-hidden="true">
      <rect width="100%" height="6" rx="3" />
      {/* so that what took no time is seen as well */}
      <rect x={`${Math.min(left, 99)}%`} width={`${Math.max(width, 1)}%`} height="6" rx="3" />
    </svg>
  );
}

function shown(ms: number): string {
  return `${ms.toFixed(ms < 1 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="2">
      <path d="M3 4h8M7 10h7M11 16h6" strokeLinecap="round" />
    </svg>
  );
}

export const PLAN_PLUGIN: GraphiQLPlugin = {
  title: "Plan",
  icon: PlanIcon,
  content: PlanPanel,
};
