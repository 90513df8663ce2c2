"""What workers read for the views: functions of a `Library` that return values. No widget is known here."""
