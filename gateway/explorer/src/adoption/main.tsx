import "../staff/staff.css";
import "./adoption.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { AdoptionPage } from "./AdoptionPage";

const root = document.getElementById("root");
if (root === null) throw new Error("adoption.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <AdoptionPage />
  </StrictMode>,
);
