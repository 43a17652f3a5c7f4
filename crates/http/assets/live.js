// A page that looks for news says so where it got none.
const stale = document.getElementById("stale");
document.body.addEventListener("htmx:afterRequest", (event) => {
  stale.hidden = Boolean(event.detail.successful);
});
