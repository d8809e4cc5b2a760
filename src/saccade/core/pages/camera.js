// The camera: the first press asks for it, each further one takes a photo, which is asked like a file.
let stream = null;
$("by-camera").hidden = !navigator.mediaDevices?.getUserMedia;

async function openCamera() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    return say(`The camera cannot be used: ${error.message}`, true);
  }
  $("view").srcObject = stream;
  showCamera(true);
}

function showCamera(on) {
  $("view").hidden = $("camera-off").hidden = !on;
  $("camera").textContent = on ? "Take a photo" : "Use the camera";
}

function takePhoto() {
  const shot = document.createElement("canvas");
  [shot.width, shot.height] = [$("view").videoWidth, $("view").videoHeight];
  shot.getContext("2d").drawImage($("view"), 0, 0);
  shot.toBlob(blob => ask([new File([blob], "camera.jpg", { type: "image/jpeg" })]), "image/jpeg", 0.92);
}

$("camera").addEventListener("click", () => (stream ? takePhoto() : openCamera()));
$("camera-off").addEventListener("click", () => {
  for (const track of stream.getTracks()) track.stop();
  stream = null;
  showCamera(false);
});
