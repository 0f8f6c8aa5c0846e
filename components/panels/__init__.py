"""The parts of a tab beside the chat: each keeps one view true and does what is asked of it there."""
