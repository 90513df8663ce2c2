"""What workers read of a store for the screens: functions of a `Library` that return plain values."""
