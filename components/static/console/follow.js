// When the timeline runs along with what comes in: only at its end, and never against the reader.
const NEAR = 48;
const GRACE = 1000; // after a jump to the end nothing but the reader's own hand lets go

export class Follow {
  constructor(box, content, changed) {
    this.box = box;
    this.held = false; // what stands here is not the end of the room
    this.on = true;
    this.changed = changed;
    this.top = 0;
    this.resumed = 0;
    box.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.hand = 0; // when somebody last touched keys, wheel or bar
    this.height = 0;
    for (const touch of ["wheel", "touchmove", "pointerdown", "keydown"]) box.addEventListener(touch, () => (this.hand = Date.now()), { passive: true });
    box.addEventListener("wheel", (event) => event.deltaY < 0 && this.letGo(), { passive: true });
    this.observer = new ResizeObserver(() => this.settle());
    this.observer.observe(content);
    this.observer.observe(box);
  }

  get atEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight <= NEAR;
  }

  // Heights change after rows are laid out, which moves the end without anybody's doing: only a hand lets go, or
  // a jump upwards in a text that has kept its height, as the browser's own search makes it.
  onScroll() {
    const same = this.box.scrollHeight === this.height;
    const up = this.box.scrollTop < this.top - 1 && (same || Date.now() - this.hand < GRACE);
    this.height = this.box.scrollHeight;
    this.top = this.box.scrollTop;
    if (this.atEnd && !this.held) this.set(true);
    else if (up && Date.now() - this.resumed > GRACE) this.set(false);
    else this.changed();
  }

  letGo() {
    if (this.box.scrollTop > 0 && this.box.scrollHeight > this.box.clientHeight + NEAR) this.set(false);
  }

  settle() {
    if (this.on) this.toEnd();
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.top = this.box.scrollTop;
  }

  resume() {
    this.resumed = Date.now();
    this.set(true);
    this.toEnd();
  }

  set(on) {
    this.on = on;
    this.changed();
  }

  close() {
    this.observer.disconnect();
  }
}
