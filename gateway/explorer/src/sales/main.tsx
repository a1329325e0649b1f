import "../staff/staff.css";
import "./sales.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { SalesPage } from "./SalesPage";

const root = document.getElementById("root");
if (root === null) throw new Error("sales.html has no element #root");
createRoot(root).render(
  <StrictMode>
    <SalesPage />
  </StrictMode>,
);
