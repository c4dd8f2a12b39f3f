"""One step of the week each: pure functions over arrays, compiled inside."""
