/** What the page asks of the graph: everything on it is also an operation of anybody's client. */

/** So many pending writes are asked for; behind them there may be more. */
export const MOST_PENDING = 20;
const MOST_RUNS = 14;
const GATES = "gates { name required observed ok shortened remedy }";
const TREND = "trend(hours: $hours) { at compared mismatched }";
const STANDING = `channelCode capability state fromState readPoints writePoints version evidenceAt
  ${TREND} next { target profile ok ${GATES} }`;

export const ADOPTIONS = `query Adoptions($profile: String!, $hours: Int!) {
  channels { code name }
  adoptions(profile: $profile) { ${STANDING} }
}`;

export const ADOPTION = `query Adoption(
  $channel: String!, $capability: Capability!, $profile: String!, $hours: Int!
) {
  adoption(channel: $channel, capability: $capability, profile: $profile) {
    ${STANDING} conflictPolicy frozen owner reviewOn
    stores members labels laggingFields parts
    pending(first: ${MOST_PENDING}) { id reference connector kind state reason attempts createdAt }
    drift(first: ${MOST_RUNS}) {
      at compared differing missing unknown inFlight repaired taken disputed fields { field count }
    }
    history {
      version action at author reason fromState state readPoints writePoints automatic ${GATES}
    }
    comparison {
      since classes { class count }
      fields { field critical compared mismatched lag expected }
      samples { at field class legacy platform }
    }
  }
}`;

export const CONFLICTS = `query Conflicts($channel: String!, $capability: Capability!) {
  adoptionConflicts(channel: $channel, capability: $capability, first: 10) {
    totalCount { value }
    nodes { id revision connector foundAt fields { field platform legacy } }
  }
}`;

export const DIFFS = `subscription Diffs($channel: String!, $capability: Capability!, $after: ID) {
  adoptionDiff(channel: $channel, capability: $capability, after: $after) {
    eventId at class field critical store legacy platform apart more
  }
}`;

export const TO_HALT = `query ToHalt { adoptionsToHalt { channelCode capability state } }`;

/** The mutations by their names, with the type of their input. */
export const STEPS = {
  promoteAdoption: "PromoteAdoptionInput",
  setAdoptionPercent: "SetAdoptionPercentInput",
  rollbackAdoption: "RollbackAdoptionInput",
  haltAdoption: "AdoptionInput",
  resumeAdoption: "ResumeAdoptionInput",
  keepLegacy: "KeepLegacyInput",
  routeAdoption: "RouteAdoptionInput",
  signAdoption: "SignAdoptionInput",
  acknowledgeDiff: "AcknowledgeDiffInput",
  retryPendingWrite: "RetryPendingWriteInput",
  decideConflict: "DecideConflictInput",
  haltAdoptions: "HaltAdoptionsInput",
} as const;

/** Those whose refusals say no more than why. */
const BARE: readonly Step[] = ["retryPendingWrite", "decideConflict"];

export type Step = keyof typeof STEPS;

export function mutation(step: Step): string {
  const more = BARE.includes(step) ? "" : `... on AdoptionRefused { detail ${GATES} }`;
  const how = step === "haltAdoptions" ? "... on AdoptionsHalted { halted { channelCode } }" : "";
  return `mutation Step($input: ${STEPS[step]}!) { done: ${step}(input: $input) {
    __typename ... on UserError { code message } ${more} ${how}
  } }`;
}
