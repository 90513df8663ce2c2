"""What the screens read from a store: functions that workers call. They know no widget."""
