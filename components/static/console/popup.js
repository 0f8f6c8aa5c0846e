// A dialog that opens where it was asked for.
const EDGE = 8; // pixels to the edges of the window

export function openAt(box, left, top) {
  box.showModal();
  const within = (wanted, size, room) => Math.max(EDGE, Math.min(wanted, room - size - EDGE)) + "px";
  box.style.left = within(left, box.offsetWidth, innerWidth);
  box.style.top = within(top, box.offsetHeight, innerHeight);
}
