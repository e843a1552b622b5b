// The page of mmash: what the applications of a machine count, live.
//
// link.js      what is shown is in the address
// stream.js    what is now, by server-sent events; whether it is still now
// api.js, asking.js
//              what is asked for, and one thing at a time
// search.js, range.js, applications.js, moving.js, application.js, charts.js, status.js
//              a part of the page each
// chart.js     one chart: samples.js (its points), plot.js and heat.js (its drawing), table.js (its numbers)
// field.js, units.js, colours.js, dom.js
//              how fields, numbers and colours are shown, and by which elements

import { showApplication } from "./application.js";
import { showApplications } from "./applications.js";
import { showCharts } from "./charts.js";
import { byId, copy } from "./dom.js";
import { follow } from "./link.js";
import { showMoving } from "./moving.js";
import { showRange } from "./range.js";
import { showSearch } from "./search.js";
import { showStatus } from "./status.js";

showStatus();
showRange();
showCharts();
showApplications();
showMoving();
showApplication();
showSearch();

follow(byId("home"), () => ({ application: null, search: "", charts: [] }));
byId("copy-link").addEventListener("click", () => copy(location.href, "The link"));
