"""From a course's archive to arrays: safe reading, stand-ins, splits."""
