// Removed runs: put one back, or remove it for good after asking.
import { send } from "./studio.js";

const sure = document.querySelector("#sure");
const toast = document.querySelector("#toast");

async function act(address, key) {
  try {
    await send(address, { key });
    location.reload();
  } catch (error) {
    toast.hidden = false;
    toast.querySelector(".said").textContent = error.message;
  }
}

document.addEventListener("click", ({ target }) => {
  if (target.dataset.restore) act("/projects/restore", target.dataset.restore);
  if (!target.dataset.destroy) return;
  document.querySelector("#sure-what").textContent =
    `Remove ${target.dataset.name} for good? Its network and everything that is known of it will be gone.`;
  sure.returnValue = "";
  sure.onclose = () => sure.returnValue === "yes" && act("/projects/destroy", target.dataset.destroy);
  sure.showModal();
});
