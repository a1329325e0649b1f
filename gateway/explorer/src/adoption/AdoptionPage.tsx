import { useCallback, useEffect, useMemo, useState } from "react";

import { Bar } from "../staff/Bar";
import { type Staff, useStaff } from "../staff/useStaff";
import { ADOPTIONS } from "./documents";
import { Drawer } from "./Drawer";
import { HaltAll } from "./HaltAll";
import { Matrix, placeOf } from "./Matrix";
import {
  CAPABILITIES,
  type Capability,
  type Channel,
  type Profile,
  PROFILES,
  type Standing,
  TREND_HOURS,
} from "./records";
import { SpeechProvider, speech } from "./speech";
import { useAsked } from "./useAsked";

/** Operations may look; an administrator decides. */
const ROLES = ["ADMIN", "OPERATIONS"];
const MATRIX_MS = 4_000;

/** What is chosen: a capability of a channel. */
export interface Chosen {
  channel: string;
  capability: Capability;
}

/** The page of those who lead an adoption: every channel and capability, the chosen one beside. */
export function AdoptionPage() {
  const staff = useStaff(ROLES);
  return staff && <Adoptions staff={staff} />;
}

function Adoptions({ staff }: { staff: Staff }) {
  const { caller, language } = staff;
  const [chosen, setChosen] = useState<Chosen | null>(named);
  const [profile, setProfile] = useState<Profile>("production");
  const { found, trouble, refresh } = useAsked<{ channels: Channel[]; adoptions: Standing[] }>(
    caller,
    ADOPTIONS,
    MATRIX_MS,
    { profile, hours: TREND_HOURS[profile] },
  );
  const spoken = useMemo(
    () => speech(language, new Map(found?.channels.map(({ code, name }) => [code, name]) ?? [])),
    [language, found?.channels],
  );

  const choose = useCallback((one: Chosen | null) => {
    setChosen(one);
    // It stands in the address: somebody else is sent there.
    history.replaceState(null, "", one === null ? "#" : `#${placeOf(one)}`);
  }, []);

  useEffect(() => {
    const heard = () => setChosen(named());
    addEventListener("hashchange", heard);
    return () => removeEventListener("hashchange", heard);
  }, []);

  const close = useCallback(() => {
    if (chosen !== null) document.getElementById(placeOf(chosen))?.focus();
    choose(null);
  }, [chosen, choose]);

  const why = caller.token === "" ? spoken.say("needToken") : trouble;
  return (
    <SpeechProvider value={spoken}>
      <Bar staff={staff} page="adoption" />
      <main data-open={chosen !== null}>
        <section className="overview" aria-label={spoken.say("adoption")}>
          <div className="heading">
            <h2>{spoken.say("adoption")}</h2>
            {staff.demoTokens.length > 0 && (
              <label>
                {spoken.say("profile")}
                <select
                  name="profile"
                  value={profile}
                  onChange={({ target }) => setProfile(target.value as Profile)}
                >
                  {PROFILES.map((one) => (
                    <option key={one} value={one}>
                      {spoken.say(one)}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </div>
          <p className="quiet">{spoken.say("lead")}</p>
          {found !== null && <HaltAll caller={caller} onDone={() => void refresh()} />}
          {why !== null && <p role="alert">{why}</p>}
          {found !== null ? (
            <Matrix
              channels={found.channels}
              standings={found.adoptions}
              chosen={chosen}
              onChoose={choose}
            />
          ) : (
            why === null && <p className="empty">{spoken.say("loading")}</p>
          )}
        </section>
        {chosen !== null && caller.token !== "" && (
          <Drawer
            key={placeOf(chosen)}
            caller={caller}
            chosen={chosen}
            profile={profile}
            onClose={close}
            onStep={() => void refresh()}
          />
        )}
      </main>
    </SpeechProvider>
  );
}

function named(): Chosen | null {
  const [channel, capability] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const found = CAPABILITIES.find((one) => one === capability);
  return channel && found ? { channel, capability: found } : null;
}
