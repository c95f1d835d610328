// Turns an announcement of removed bindings into the body that a Slack or Google Chat webhook takes: {"text": ...}.
// A message transform of a push subscription without wrapper; Pub/Sub runs it. What is no announcement is dropped.
function text(message, metadata) {
  const longest = 3000; // Slack and Google Chat take some more; what does not fit would be refused and come again.
  const escaped = (value) =>
    String(value).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, " ")
      .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/[`*_~]/g, "\u02cb");
  try {
    const announcement = JSON.parse(message.data);
    const where = announcement.resource || "projects/" + announcement.project_id;
    const lines = announcement.removed.map((binding) => {
      const title = binding.title === null ? "no title" : binding.title;
      return "\u2022 " + escaped(binding.role) + " of " + escaped(binding.members.join(", ")) + " (" + escaped(title) +
        "), ended " + escaped(binding.end_time);
    });
    let body = "Removed from " + escaped(where) + ":";
    let left = lines.length;
    for (const line of lines) {
      if (body.length + line.length > longest) break;
      body += "\n" + line;
      left -= 1;
    }
    if (left > 0) body += "\n\u2022 and " + left + " more";
    return { data: JSON.stringify({ text: body }), attributes: {} };
  } catch (error) {
    return null;
  }
}
