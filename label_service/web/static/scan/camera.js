/** The camera of this device: started and stopped by the reader; no picture leaves the page. */
import { codeIn } from "./reader.js";

const PAUSE_MS = 80;

export class Camera {
  /** `video` shows what the camera sees, `found` is called with the text of the first code. */
  constructor(video, found) {
    this.video = video;
    this.found = found;
  }

  /** Look until a code is found or the reader stops; refusals of the browser go to the caller. */
  async start() {
    if (this.stream) return;
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    await this.look();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.video.srcObject = null;
    this.video.hidden = true;
  }

  async look() {
    while (this.stream) {
      const { videoWidth: width, videoHeight: height } = this.video;
      const text = width && (await codeIn(this.video, width, height, 1));
      if (text && this.stream) {
        this.stop();
        this.found(text);
      } else {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}
