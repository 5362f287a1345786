// Shows the Finance tab of Crossbill for the project that is open in Zoho Projects. Nothing else is read or sent.
"use strict";

(function () {
  const word = document.getElementById("word");
  const frame = document.getElementById("finance");

  function say(text) {
    frame.hidden = true;
    word.hidden = false;
    word.textContent = text;
  }

  // Zoho answers {data: value}; some versions answer the value itself, others reject what they do not know.
  async function ask(key) {
    try {
      const answer = await zohoprojects.get(key);
      const value = answer && typeof answer === "object" ? answer.data : answer;
      return typeof value === "string" || typeof value === "number" ? String(value) : "";
    } catch (refusal) {
      console.info("Crossbill: Zoho Projects does not tell", key, refusal);
      return "";
    }
  }

  async function first(keys) {
    for (const key of keys) {
      const found = await ask(key);
      if (found) return found;
    }
    return "";
  }

  // The place where the widget stands: {data: {module: "projects", entity_id: "…"}}.
  async function projectOfContext() {
    try {
      const answer = await zohoprojects.context();
      const place = (answer && answer.data) || answer || {};
      return /^projects?$/i.test(String(place.module || "")) ? String(place.entity_id || place.entityId || place.id || "") : "";
    } catch (refusal) {
      console.info("Crossbill: Zoho Projects does not tell where the tab stands", refusal);
      return "";
    }
  }

  async function configured() {
    try {
      const answer = await zohoprojects.metadata();
      const configs = (answer && answer.data && answer.data.configs) || [];
      const found = configs.find((item) => item.name === "crossbill_address");
      return (found && found.value) || "";
    } catch (refusal) {
      console.info("Crossbill: Zoho Projects does not tell the configuration", refusal);
      return "";
    }
  }

  // Only an https address (or one's own machine, for trying out) is framed; its path may hold a folder.
  function addressOf(text) {
    if (!text || !URL.canParse(text)) return "";
    const url = new URL(text);
    const isOwn = ["localhost", "127.0.0.1"].includes(url.hostname);
    return url.protocol === "https:" || (url.protocol === "http:" && isOwn) ? (url.origin + url.pathname).replace(/\/+$/, "") : "";
  }

  async function open() {
    if (typeof zohoprojects === "undefined") {
      say("Zoho's script could not be loaded. Reload the page; if it stays like this, a blocker of your browser is in the way.");
      return;
    }
    await zohoprojects.init();
    const address = addressOf((await configured()) || window.CROSSBILL_ADDRESS);
    if (!address) {
      say("The address of Crossbill is missing. Ask the administrator to enter it in the extension's settings, beginning with https://.");
      return;
    }
    const portal = await first(["portal.id_string", "portal.id"]);
    const project = (await projectOfContext()) || (await first(["project.id_string", "project.id"]));
    if (!/^\d+$/.test(portal) || !/^\d+$/.test(project)) {
      say("Zoho Projects did not say which project this is. Open the tab from inside a project.");
      return;
    }
    frame.src = `${address}/finance/zoho_projects/${portal}/${project}`;
    frame.hidden = false;
    word.hidden = true;
  }

  open().catch((problem) => {
    console.error(problem);
    say("The Finance tab could not be opened. Reload the page.");
  });
})();
