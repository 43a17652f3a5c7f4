// Sends what the form of an operation's page holds, and shows what comes back.
(() => {
  "use strict";

  const KEY = "wiwebb-key";
  const find = (id) => document.getElementById(id);
  const form = find("try-form");
  if (!form) {
    return;
  }
  const [key, body, answer, send] = [find("try-key"), find("try-body"), find("try-answer"), form.querySelector("button")];

  // A browser may forbid to keep anything; then the key is not kept.
  const kept = (work) => {
    try {
      return work(window.sessionStorage);
    } catch {
      return null;
    }
  };

  const request = () => {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const headers = new Headers({ Accept: "application/json" });
    for (const field of form.querySelectorAll("[data-name]")) {
      const { name, place } = field.dataset;
      if (place === "path") {
        path = path.replace(`{${name}}`, encodeURIComponent(field.value));
      } else if (field.value !== "" && place === "header") {
        headers.set(name, field.value);
      } else if (field.value !== "") {
        query.set(name, field.value);
      }
    }
    if (key && key.value !== "") {
      headers.set("Authorization", `Token ${key.value}`);
    }
    const text = body ? body.value.trim() : "";
    if (text !== "") {
      headers.set("Content-Type", "application/json");
    }
    const address = query.size > 0 ? `${path}?${query}` : path;
    // The cookies of somebody signed in to the console are no part of the API.
    const credentials = "omit";
    return [address, { method: form.dataset.method, headers, body: text || undefined, credentials }];
  };

  const pretty = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };

  const show = (status, headers, text) => {
    find("try-status").textContent = status;
    find("try-headers").textContent = headers;
    find("try-result").textContent = text;
    find("try-headers").hidden = headers === "";
    find("try-result").hidden = text === "";
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (key) {
      kept((storage) => storage.setItem(KEY, key.value));
    }
    answer.hidden = false;
    send.disabled = true;
    show("Sending", "", "");
    try {
      const response = await fetch(...request());
      const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      show(`${response.status} ${response.statusText}`.trim(), headers, pretty(await response.text()));
    } catch (error) {
      show(`Not sent: ${error.message}`, "", "");
    } finally {
      send.disabled = false;
    }
  });

  if (key) {
    key.value = kept((storage) => storage.getItem(KEY)) ?? "";
  }
  find("try-idle").hidden = true;
  find("try-live").hidden = false;
})();
